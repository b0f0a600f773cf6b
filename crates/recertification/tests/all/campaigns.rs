//! A campaign as a state machine: what each command needs, and what holds of every history.

use jiff::civil::date;
use proptest::prelude::*;
use quanheng_policy::class::Tier;
use quanheng_policy::profile::Policy;
use quanheng_recertification::Refusal;
use quanheng_recertification::campaign::{
    Campaign, Command, Event, Phase, PhaseState, SurveyState, decide, evolve,
};
use quanheng_recertification::check_phase;

use crate::world::{document, parameter, policy, reasoned, with};
use Phase::{Municipal, Provincial};

fn open() -> Command {
    Command::Open { document: document(1), baseline_on: date(2024, 12, 31) }
}

fn run(
    state: &mut Option<Campaign>,
    command: Command,
    policy: &Policy,
) -> Result<Vec<Event>, Refusal> {
    let events = decide(state.as_ref(), command, policy)?;
    events.iter().for_each(|event| evolve(state, event));
    Ok(events)
}

/// A state after commands that all succeed.
fn after(commands: &[Command]) -> Option<Campaign> {
    let mut state = None;
    for command in [open()].iter().chain(commands) {
        run(&mut state, command.clone(), policy()).unwrap();
    }
    state
}

fn closed(phase: Phase) -> [Command; 3] {
    [
        Command::OpenPhase(phase),
        Command::EndIntake(phase),
        Command::ClosePhase { phase, open_cases: 0 },
    ]
}

#[test]
fn the_whole_way() {
    let mut commands = vec![Command::OpenSurvey];
    commands.extend(closed(Provincial));
    commands.push(Command::CloseSurvey);
    commands.extend(closed(Municipal));
    commands.push(Command::Close);
    let ended = after(&commands).unwrap();
    assert!(ended.closed);
    assert_eq!(ended.version, u64::try_from(commands.len()).unwrap() + 1);
    assert_eq!(ended.baseline_on, date(2024, 12, 31));
    for phase in Phase::ALL {
        assert_eq!(ended.phase(*phase), PhaseState::Closed, "{}", phase.label());
    }
}

#[test]
fn what_is_refused() {
    let survey_ended = [Command::OpenSurvey, Command::CloseSurvey];
    let province_done = closed(Provincial);
    let all = [closed(Provincial), closed(Municipal)].concat();
    let ended = [&all[..], &[Command::Close]].concat();
    let reviewing = [Command::OpenPhase(Provincial), Command::EndIntake(Provincial)];
    let open_province = [Command::OpenPhase(Provincial)];
    let left = Command::ClosePhase { phase: Provincial, open_cases: 3 };
    let rows: [(&[Command], Command, &str); 13] = [
        (&[], open(), "RESOURCE_EXISTS"),
        (&[], Command::CloseSurvey, "WRONG_STATE"),
        (&[Command::OpenSurvey], Command::OpenSurvey, "WRONG_STATE"),
        (&survey_ended, Command::OpenSurvey, "WRONG_STATE"),
        (&[], Command::OpenPhase(Municipal), "PHASE_LOCKED"),
        (&open_province, Command::OpenPhase(Municipal), "PHASE_LOCKED"),
        (&open_province, Command::OpenPhase(Provincial), "WRONG_STATE"),
        (&[], Command::EndIntake(Provincial), "WRONG_STATE"),
        (&reviewing, left, "CASES_OPEN"),
        (&province_done, Command::OpenPhase(Provincial), "WRONG_STATE"),
        (&province_done, Command::Close, "WRONG_STATE"),
        (&[], Command::OverrideGate(reasoned("")), "INVALID_FIELD"),
        (&ended, Command::OpenSurvey, "WRONG_STATE"),
    ];
    for (before, command, code) in rows {
        let state = after(before);
        let refused = decide(state.as_ref(), command.clone(), policy()).unwrap_err();
        assert_eq!(refused.code(), code, "{command:?}: {refused}");
        assert!(!refused.to_string().is_empty());
    }
    assert_eq!(decide(None, Command::Close, policy()).unwrap_err().code(), "RESOURCE_NOT_FOUND");
    let early = [Command::OverrideGate(reasoned("两市先行")), Command::OpenPhase(Municipal)];
    assert_eq!(after(&early).unwrap().phase(Municipal), PhaseState::Open);
    let unknown = with(&parameter("phase_gate", "\"someday\""));
    let state = after(&province_done);
    let refused = decide(state.as_ref(), Command::OpenPhase(Municipal), &unknown).unwrap_err();
    assert_eq!(refused.code(), "POLICY_NOT_CONFIGURED");
}

#[test]
fn events_can_be_read_back() {
    let events = [
        Event::Opened { document: document(1), baseline_on: date(2024, 12, 31) },
        Event::SurveyOpened,
        Event::GateOverridden(reasoned("两市先行")),
        Event::PhaseMoved { phase: Municipal, to: PhaseState::Open },
        Event::Closed,
    ];
    for event in events {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
    }
    for state in PhaseState::ALL {
        assert_eq!(PhaseState::read(state.id()), Some(*state));
        assert_eq!(serde_json::to_string(state).unwrap(), format!("\"{}\"", state.id()));
    }
}

fn command() -> impl Strategy<Value = Command> {
    let phase = prop::sample::select(Phase::ALL.to_vec());
    prop_oneof![
        Just(open()),
        Just(Command::OpenSurvey),
        Just(Command::CloseSurvey),
        prop::sample::select(vec!["", "两市先行"])
            .prop_map(|reason| Command::OverrideGate(reasoned(reason))),
        phase.clone().prop_map(Command::OpenPhase),
        phase.clone().prop_map(Command::EndIntake),
        (phase, 0..2_u64).prop_map(|(phase, open_cases)| Command::ClosePhase { phase, open_cases }),
        Just(Command::Close),
    ]
}

proptest! {
    #[test]
    fn in_every_history(commands in prop::collection::vec(command(), 0..40)) {
        let mut state = None;
        for command in commands {
            let was = state.clone();
            let done = run(&mut state, command, policy());
            match &done {
                Err(_) => prop_assert_eq!(&state, &was),
                Ok(events) => prop_assert_eq!(events.len(), 1),
            }
            let Some(now) = &state else { continue };
            // A phase only goes forward, by one step.
            if let Some(was) = &was {
                for phase in Phase::ALL {
                    let steps = now.phase(*phase) as u8 - was.phase(*phase) as u8;
                    prop_assert!(steps <= 1);
                }
                prop_assert!(now.closed || !was.closed);
                prop_assert_eq!(now.version, was.version + u64::from(done.is_ok()));
            }
            // Cities begin after the province has ended, or because it decided otherwise.
            let begun = now.phase(Municipal) > PhaseState::NotOpen;
            let ended = now.phase(Provincial) == PhaseState::Closed;
            prop_assert!(!begun || ended || now.gate_override.is_some());
            // Cases are taken in exactly while their phase is open, whatever the survey does.
            for (tier, phase) in [(Tier::Province, Provincial), (Tier::County, Municipal)] {
                let takes_in = !check_phase(policy(), now, tier).failed();
                let is_open = !now.closed && now.phase(phase) == PhaseState::Open;
                prop_assert_eq!(takes_in, is_open);
            }
            prop_assert_eq!(now.survey_open(), !now.closed && now.survey == SurveyState::Open);
        }
    }
}
