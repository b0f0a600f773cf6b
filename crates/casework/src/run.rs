//! Executing a decision: what turns out to be needed is read, and it is taken again.

use std::sync::Arc;

use prost::Message;
use quanheng_api::Mutation;
use quanheng_runtime::{Asked, Call, Decided, Deciding, Done, Failure, sealed};
use tonic::Code;

use crate::scope::{Scope, Sight, UNREAD};

/// How often more is read before it is given up: no hierarchy is deeper.
const READS_MAX: usize = 48;

/// Executes a decision under the caller's message.
///
/// # Errors
/// [`Failure`]; nothing changed but what it tells.
pub async fn run<R, A>(
    call: &Call,
    request: &R,
    scope: Scope,
    decide: impl Fn(&Sight<'_>) -> Result<Decided<A>, Failure> + Send + Sync + 'static,
) -> Result<Done<A>, Failure>
where
    R: Mutation + Message,
    A: Message + Default + Clone + 'static,
{
    run_asked(call, &Asked::of(request)?, scope, decide).await
}

/// Executes a decision under what was made of a message, or under an id that was derived,
/// as timers and follow-ups do.
///
/// # Errors
/// As [`run`].
pub async fn run_asked<A: Message + Default + Clone + 'static>(
    call: &Call,
    asked: &Asked,
    scope: Scope,
    decide: impl Fn(&Sight<'_>) -> Result<Decided<A>, Failure> + Send + Sync + 'static,
) -> Result<Done<A>, Failure> {
    let decide = Arc::new(decide);
    let mut scope = scope;
    for _ in 0..READS_MAX {
        let (seen, deciding) = (scope.clone(), Arc::clone(&decide));
        let command = Deciding::new(scope.reads(), move |desk| deciding(&seen.sight(desk)?));
        let command = command.bringing(scope.take_brought());
        let done = call.realm.engine.execute_asked(call, asked, command).await;
        match done {
            Err(failure) if failure.reason() == UNREAD => more(call, &mut scope).await?,
            Err(failure) => {
                if failure.code() == Code::PermissionDenied {
                    call.realm.denials.record(&call.principal, call.method);
                }
                return Err(failure);
            }
            done => {
                scope.learned();
                return done;
            }
        }
    }
    Err(Failure::lost_race("reads"))
}

/// Adds what the last decision found that it needs.
async fn more(call: &Call, scope: &mut Scope) -> Result<(), Failure> {
    let wanted = scope.take_wanted();
    let names: Vec<String> = wanted.keys.iter().map(|person| format!("persons/{person}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let keys = call.realm.keys.get_many(&names).await;
    let mut keys = keys.map_err(|error| sealed::keys_failure(&error))?;
    let keys = wanted.keys.into_iter().filter_map(|person| {
        let key = keys.remove(&format!("persons/{person}"))?;
        Some((person, key))
    });
    match scope.add(wanted.reads, keys.collect()) {
        true => Ok(()),
        false => Err(Failure::lost_race("reads")),
    }
}
