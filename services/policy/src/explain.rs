//! Which value holds for a division or unit on a day, and where it comes from (政策依据).

use jiff::civil::Date;
use quanheng_api::quanheng::policy::v1 as wire;
use quanheng_api::quanheng::policy::v1::explain_request::Subject;
use quanheng_policy::CategoryId;
use quanheng_policy::class::UnitFacts;
use quanheng_policy::codes::DivisionCode;
use quanheng_policy::profile::{ParameterInfo, Parameters, Policy, PolicyError, Source};
use quanheng_runtime::reading::{Horizon, day, state_at};
use quanheng_runtime::{Call, Failure, wire as read};
use quanheng_streams::{Units, unit};
use serde::Serialize;

use crate::document::shelf;
use crate::profile::{self, concerns};

/// What is asked about.
struct About {
    division: DivisionCode,
    /// Of a unit: what its class is found by.
    facts: Option<UnitFacts>,
}

pub(crate) async fn explain(
    call: &Call,
    request: wire::ExplainRequest,
) -> Result<wire::ExplainResponse, Failure> {
    let on = day("on", request.on.as_ref())?.unwrap_or_else(|| call.realm.today());
    let named = named(&request.parameters)?;
    let category = match request.category.as_str() {
        "" => None,
        text => Some(read::id::<CategoryId>("category", text)?),
    };
    let (shelf, position) = shelf(call, request.min_position).await?;
    let about = about(call, request.subject, on).await?;
    let policy = shelf.policy(&about.division, on);
    let mut explanations = match named.as_slice() {
        [] => Parameters::ALL.iter().filter_map(|info| set(&policy, info)).collect(),
        named => named.iter().map(|info| parameter(&policy, info)).collect::<Vec<_>>(),
    };
    if let Some(category) = category {
        let facts = about
            .facts
            .ok_or_else(|| Failure::field("category", "只有指明单位时才能说明类别与比例"))?;
        explanations.extend(table(&policy, &category, &facts));
    }
    Ok(wire::ExplainResponse {
        explanations,
        policy_hash: hex(&policy.hash()),
        layers: policy
            .layers()
            .iter()
            .map(|layer| profile::name(&layer.document.profile, layer.document.version))
            .collect(),
        position,
    })
}

/// The parameters that are asked for; each once.
fn named(names: &[String]) -> Result<Vec<&'static ParameterInfo>, Failure> {
    let (max, actual) = (Parameters::ALL.len(), names.len());
    if actual > max {
        return Err(Failure::bound("policy_parameters_max", max as u64, actual as u64));
    }
    let known = |name: &String| {
        let found = Parameters::ALL.iter().find(|info| info.name == name);
        found.ok_or_else(|| Failure::field("parameters", "没有这样的参数").with("parameter", name))
    };
    names.iter().map(known).collect()
}

async fn about(call: &Call, subject: Option<Subject>, on: Date) -> Result<About, Failure> {
    match subject.ok_or_else(|| Failure::field("subject", "须指明行政区划或单位"))? {
        Subject::Division(code) => {
            let division = read::division("division", &code)?;
            if !concerns(call, &division) {
                call.governs(&division)?;
            }
            Ok(About { division, facts: None })
        }
        Subject::Unit(name) => {
            let id = read::unit("unit", &name)?;
            let state = state_at::<Units>(&call.realm.log, unit(&id), Horizon::Now).await?;
            let profile = state.0.and_then(|unit| unit.as_of(on));
            let profile = profile.ok_or_else(|| Failure::not_found(&name))?;
            call.sees(&profile.division, &name)?;
            let facts = profile.facts();
            Ok(About { division: profile.division, facts: Some(facts) })
        }
    }
}

/// A parameter, if it is set.
fn set(policy: &Policy, info: &ParameterInfo) -> Option<wire::Explanation> {
    let explained = parameter(policy, info);
    explained.failure.is_none().then_some(explained)
}

fn parameter(policy: &Policy, info: &ParameterInfo) -> wire::Explanation {
    let key = format!("parameters.{}", info.name);
    match policy.explain(info.name) {
        Ok(found) => explanation(key, info.label, &*found.value, &found.source),
        Err(error) => unset(key, info.label, &error),
    }
}

/// The class that a unit takes in a category, and the table of that class.
fn table(policy: &Policy, category: &CategoryId, facts: &UnitFacts) -> Vec<wire::Explanation> {
    const CLASS: &str = "职数类别";
    const TABLE: &str = "职级职数比例";
    let class = match policy.quota_class(category, facts) {
        Ok(class) => class,
        Err(error) => return vec![unset("classes".to_owned(), CLASS, &error)],
    };
    let key = format!("ratios.{category}.{}", class.value.as_str());
    let ratios = match policy.ratio_table(category, &class.value) {
        Ok(table) => explanation(key, TABLE, &*table.value, &table.source),
        Err(error) => unset(key, TABLE, &error),
    };
    vec![explanation("classes".to_owned(), CLASS, &*class.value, &class.source), ratios]
}

fn explanation(
    key: String,
    label: &str,
    value: &impl Serialize,
    source: &Source,
) -> wire::Explanation {
    wire::Explanation {
        key,
        label: label.to_owned(),
        value_json: serde_json::to_string(value).unwrap_or_default(),
        source: Some(wire::PolicySource {
            jurisdiction: source.layer.to_string(),
            profile: profile::name(&source.profile, source.version),
            sha256: source.hash.clone(),
            key: source.key.clone(),
            article: source.article.clone(),
        }),
        failure: None,
    }
}

/// Nothing is set, and what would refuse because of it.
fn unset(key: String, label: &str, error: &PolicyError) -> wire::Explanation {
    let text = error.to_string();
    // The code stands beside the message.
    let message = text.strip_prefix(&format!("{}: ", error.code())).unwrap_or(&text);
    let failure = Failure::rule(error.code(), &key, message).into_message();
    wire::Explanation {
        key,
        label: label.to_owned(),
        value_json: String::new(),
        source: None,
        failure: Some(failure),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
