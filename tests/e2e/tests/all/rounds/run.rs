//! Units side by side, through stretches of days.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use jiff::civil::{Date, date};

use super::game::Game;
use super::town;
use crate::farm::{Farm, under_kills};
use crate::sizes;

/// What is run.
pub(super) struct Plan {
    pub(super) database: Option<String>,
    pub(super) servers: usize,
}

/// The days on which something is done: a notice of five working days ends in between.
const DAYS: [Date; 4] = [date(2026, 3, 16), date(2026, 3, 25), date(2026, 4, 2), date(2026, 4, 16)];
/// No pre-review holds so long.
const IN_AUTUMN: Date = date(2026, 10, 12);
/// Commands that found a unit.
const FOUNDING: usize = 25;

/// The flags of a server that thinks it is some day.
fn flags(day: Date) -> Vec<String> {
    let clock = format!("demo.clock={day}T09:00:00+08:00");
    let set = |setting: &str| ["--set".to_owned(), setting.to_owned()];
    [set("demo.enabled=true"), set(&clock), set("timers.interval_ms=100")].concat()
}

/// Runs the plan to its end.
pub(super) async fn run(plan: Plan) {
    let farm = Farm::start(plan.database.as_deref(), plan.servers, flags(DAYS[0])).await;
    let farm = Arc::new(farm);
    town::department(&farm.clients(0).await.asker).await;
    let workers = sizes::rounds_workers();
    let done = || Arc::new(AtomicUsize::new(0));
    let mut counted = done();
    let game = |worker| Game::new(Arc::clone(&farm), worker, Arc::clone(&counted));
    let mut games: Vec<Game> = (0..workers).map(game).collect();
    for (nr, day) in DAYS.into_iter().enumerate() {
        if nr > 0 {
            farm.restart_with(&flags(day)).await;
            counted = done();
            games.iter_mut().for_each(|game| game.counts(&counted));
        }
        let (each, kills) = (sizes::rounds_commands(), sizes::rounds_kills());
        let all = workers * (each / 2 + if nr == 0 { FOUNDING } else { 0 });
        let playing = games.into_iter().map(|game| game.play(day, each));
        let playing: Vec<_> = playing.collect();
        games = under_kills(&farm, kills, all, playing, Arc::clone(&counted)).await;
        for game in &games {
            game.check().await;
        }
    }
    farm.restart_with(&flags(IN_AUTUMN)).await;
    for game in &mut games {
        game.runs_out(IN_AUTUMN).await;
        game.check().await;
        game.all_again().await;
    }
    let appointed: usize = games.iter().map(|game| game.promoted.len()).sum();
    assert!(appointed > 0, "nobody came to the end of it");
}
