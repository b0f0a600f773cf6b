//! The documents of a case: 申请, 审批表, 备案表.

use jiff::civil::Date;
use quanheng_forms::Opinion;
use quanheng_forms::recertification::application::{Application, Material, Pay, Slots, Staff};
use quanheng_forms::recertification::approval::{
    Approval, Clear, DepartmentOpinion, Headcount, ThreeClear,
};
use quanheng_forms::recertification::filing::{Filed, Filing};
use quanheng_forms::recertification::{Decided, UnitFacts};
use quanheng_policy::profile::{GateAct, MaterialRow};
use quanheng_recertification as rules;
use quanheng_register::unit::UnitProfile;
use quanheng_streams::{GateRecord, RecertificationState};

use super::facts::{Units, basis, department, duty, verdict};

/// What the documents of a case are made of.
pub(crate) struct CaseGround {
    /// Today.
    pub(crate) today: Date,
    /// The case.
    pub(crate) case: RecertificationState,
    /// What its unit is, where neither the change nor the register says otherwise.
    pub(crate) registered: Option<UnitProfile>,
    /// 三清, as the campaign's survey has them.
    pub(crate) three: Option<rules::ThreeClear>,
    /// The materials that policy asks for.
    pub(crate) checklist: Vec<MaterialRow>,
    /// The units that it names.
    pub(crate) units: Units,
}

impl CaseGround {
    /// What the unit was, and what it is.
    fn profiles(&self) -> (Option<&UnitProfile>, Option<&UnitProfile>) {
        let change = &self.case.change;
        let own = |all: &'_ [quanheng_streams::ReportedUnit]| {
            all.iter().position(|one| one.unit == self.case.unit)
        };
        let successor = own(&change.successors).and_then(|at| change.successors.get(at));
        let predecessor = own(&change.predecessors).and_then(|at| change.predecessors.get(at));
        let before = successor.and_then(|one| one.before.as_deref());
        let before = before.or_else(|| predecessor.and_then(|one| one.before.as_deref()));
        let after = successor.and_then(|one| one.after.as_deref());
        (before, after)
    }

    fn unit(&self) -> UnitFacts {
        let (before, after) = self.profiles();
        let profile = after.or(self.registered.as_ref()).or(before);
        profile.map(|profile| self.units.facts(profile, self.today)).unwrap_or_default()
    }

    /// 参公事业编制 before and after; those of units that join are added up.
    fn slots(&self) -> (Option<u32>, Option<u32>) {
        let referenced = |profile: &UnitProfile| match profile.nature.is_referenced() {
            true => profile.establishment.referenced_institution,
            false => 0,
        };
        let (own, after) = self.profiles();
        let change = &self.case.change;
        let others = change.predecessors.iter().filter(|one| one.unit != self.case.unit);
        let joined: Vec<&UnitProfile> = match change.successors.len() {
            1 => others.filter_map(|one| one.before.as_deref()).collect(),
            _ => Vec::new(),
        };
        let known = own.is_some() || !joined.is_empty();
        let before = own.into_iter().chain(joined).map(referenced).sum();
        (known.then_some(before), after.map(referenced))
    }

    fn background(&self) -> Option<String> {
        let change = &self.case.change;
        let names = |units: &[quanheng_streams::ReportedUnit]| {
            let profiles =
                units.iter().filter_map(|one| one.before.as_ref().or(one.after.as_ref()));
            profiles.map(|profile| profile.name.clone()).collect::<Vec<_>>().join("、")
        };
        let after = change.successors.iter().filter_map(|one| one.after.as_ref());
        let after: Vec<_> = after.map(|profile| profile.name.clone()).collect();
        let before = names(&change.predecessors);
        let documents: Vec<_> = change.documents.iter().map(ToString::to_string).collect();
        let mut text = change.kind.label().to_owned();
        if !before.is_empty() {
            text.push_str(&format!("，变动前单位：{before}"));
        }
        if !after.is_empty() {
            text.push_str(&format!("，变动后单位：{}", after.join("、")));
        }
        if !documents.is_empty() {
            text.push_str(&format!("（{}）", documents.join("、")));
        }
        Some(text)
    }

    fn applicant(&self) -> String {
        self.unit().name
    }

    fn approved(&self) -> Decided {
        let decision = self.case.decision.as_ref();
        let gate = self.gate(GateAct::Approve);
        Decided {
            authority: gate.map(|gate| gate.body.label().to_owned()),
            on: decision.map(|decision| decision.on),
            number: decision.and_then(|decision| Some(decision.document.as_ref()?.to_string())),
        }
    }

    fn gate(&self, act: GateAct) -> Option<&GateRecord> {
        self.case.gates.iter().rev().find(|gate| gate.act == act)
    }

    fn said(&self, act: GateAct) -> Opinion {
        let Some(gate) = self.gate(act) else { return Opinion::default() };
        let words = match (gate.opinion.trim(), gate.favourable) {
            ("", true) => "同意".to_owned(),
            ("", false) => "不同意".to_owned(),
            (words, _) => words.to_owned(),
        };
        Opinion { text: Some(words), on: Some(gate.on) }
    }

    /// 申请
    pub(super) fn application(&self) -> Application {
        let (before, after) = self.slots();
        let documents = self.case.change.documents.iter().map(ToString::to_string).collect();
        let pay = self.case.grounds.pay.map(|pay| pay.label().to_owned());
        let materials = self.checklist.iter().map(|row| {
            let files = self.case.materials.get(&row.code).map(|one| one.files.len());
            let copies = files.and_then(|files| u32::try_from(files).ok());
            Material { name: row.name.clone(), copies, remark: None }
        });
        Application {
            applicant: self.applicant(),
            unit: self.unit(),
            background: self.background(),
            bases: self.case.grounds.bases.iter().map(basis).collect(),
            duties: self.case.grounds.duties.iter().map(duty).collect(),
            slots: Slots { before, after, documents },
            pay: Pay { source: pay, certificate: None },
            staff: Staff::default(),
            materials: materials.collect(),
            dated: self.case.submitted_on,
            ..Application::default()
        }
    }

    /// 审批表
    pub(super) fn approval(&self) -> Approval {
        let (before, after) = self.slots();
        let opinions = self.case.opinions.iter().map(|opinion| DepartmentOpinion {
            department: department(&opinion.department),
            favourable: Some(opinion.favourable),
            opinion: Opinion::default(),
        });
        let clear =
            |clear: &rules::Clear| Clear { clear: clear.clear, evidence: clear.evidence.clone() };
        let three = self.three.as_ref().map(|three| ThreeClear {
            staff: clear(&three.staff),
            documents: clear(&three.documents),
            functions: clear(&three.functions),
        });
        let decision = self.case.decision.as_ref();
        let decided = decision.map_or_else(Opinion::default, |decision| Opinion {
            text: Some(verdict(decision.verdict).to_owned()),
            on: Some(decision.on),
        });
        Approval {
            unit: self.unit(),
            route: Some(self.case.route.label().to_owned()),
            changes: self.background(),
            bases: self.case.grounds.bases.iter().map(basis).collect(),
            duties: self.case.grounds.duties.iter().map(duty).collect(),
            pay: self.case.grounds.pay.map(|pay| pay.label().to_owned()),
            headcount: Headcount { before, after },
            three_clear: three.unwrap_or_default(),
            opinions: opinions.collect(),
            conclusion: self.said(GateAct::Conclude),
            report: self.said(GateAct::Report),
            decision: decided,
            decision_number: self.approved().number,
        }
    }

    /// 备案表
    pub(super) fn filing(&self) -> Filing {
        let filed = Filed {
            unit: self.unit(),
            bases: self.case.grounds.bases.iter().map(basis).collect(),
            approval: self.approved(),
        };
        Filing {
            reporter: self.approved().authority.unwrap_or_default(),
            on: self.case.centrally_filed.as_ref().map(|(day, _)| *day),
            units: vec![filed],
            opinion: Opinion::default(),
            receiver: Opinion::default(),
        }
    }
}
