//! Reading a policy document: TOML, with located errors.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::Document;
use crate::condition::Condition;
use crate::located::{self, DocumentError};
use crate::ratio::Ratio;

/// A document that was read and found sound, with the hash of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The document.
    pub document: Document,
    /// SHA-256 of its text.
    pub hash: [u8; 32],
}

impl Published {
    /// Reads a document. `file` is only for errors.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of its lines; a text that is no
    /// document has one error.
    pub fn read(file: &str, text: &str) -> Result<Arc<Self>, Vec<DocumentError>> {
        let document: Document = located::parse(file, text).map_err(|error| vec![error])?;
        let mut faults = Faults { faults: Vec::new() };
        faults.document(&document);
        if faults.faults.is_empty() {
            let hash = Sha256::digest(text.as_bytes()).into();
            return Ok(Arc::new(Self { document, hash }));
        }
        let located =
            |(key, expected): (String, String)| DocumentError::at(file, text, key, expected);
        let mut errors: Vec<_> = faults.faults.into_iter().map(located).collect();
        errors.sort_by_key(|error| error.line);
        Err(errors)
    }
}

/// What a document says that cannot be.
struct Faults {
    faults: Vec<(String, String)>,
}

/// Conditions deeper than this are not read by anybody.
const CONDITION_DEPTH_MAX: usize = 16;

impl Faults {
    fn add(&mut self, key: impl Into<String>, expected: impl Into<String>) {
        self.faults.push((key.into(), expected.into()));
    }

    fn document(&mut self, document: &Document) {
        if document.format != 1 {
            self.add("format", "应为 1(本程序所读格式)");
        }
        if document.version == 0 {
            self.add("version", "版本号从 1 起");
        }
        if document.profile.is_empty() || document.title.is_empty() {
            self.add("profile", "名称和标题不能为空");
        }
        if document.effective_to.is_some_and(|to| to < document.effective_from) {
            self.add("effective_to", "不能早于 effective_from");
        }
        self.ladders(document);
        self.ratios(document);
        self.conversions(document);
        self.parameters(document);
    }

    fn ladders(&mut self, document: &Document) {
        let mut ids = BTreeSet::new();
        for (category, ladder) in &document.ladders {
            let key = format!("ladders.{category}");
            if ladder.ranks.is_empty() {
                self.add(format!("{key}.ranks"), "职级序列至少有一个职级");
            }
            for pair in ladder.ranks.windows(2) {
                if pair[0].order >= pair[1].order {
                    let expected = format!("{} 之后的 order 应递增(1 为最高)", pair[0].id);
                    self.add(format!("{key}.ranks"), expected);
                }
            }
            for rank in &ladder.ranks {
                if !ids.insert(rank.id.clone()) {
                    self.add(format!("{key}.ranks"), format!("职级 {} 重复", rank.id));
                }
                if rank.grades.is_some_and(|grades| grades.lowest < grades.highest) {
                    let expected =
                        format!("{}:级别数字越大级别越低,lowest 应不小于 highest", rank.id);
                    self.add(format!("{key}.ranks"), expected);
                }
            }
        }
        for (level, entry) in &document.leadership_levels {
            if entry.grades.lowest < entry.grades.highest {
                let key = format!("leadership_levels.{level}.grades");
                self.add(key, "级别数字越大级别越低,lowest 应不小于 highest");
            }
        }
        for (category, tenure) in &document.tenure {
            for row in &tenure.value {
                if row.rank_order <= row.target_order {
                    let expected = format!("目标 {} 之下的职级才能晋升至此", row.target_order);
                    self.add(format!("tenure.{category}.value"), expected);
                }
            }
        }
    }

    fn ratios(&mut self, document: &Document) {
        for (category, classes) in &document.ratios {
            for (class, table) in classes {
                let key = format!("ratios.{category}.{class}");
                self.ratio_table(&key, table);
                let Some(ladder) = document.ladders.get(category) else { continue };
                let named = table.sets.iter().flat_map(|set| &set.ranks).chain(&table.uncapped);
                for rank in named.filter(|rank| ladder.rank(rank).is_none()) {
                    self.add(format!("{key}.sets"), format!("职级 {rank} 不在本序列中"));
                }
            }
        }
    }

    fn ratio_table(&mut self, key: &str, table: &super::RatioTable) {
        for (index, set) in table.sets.iter().enumerate() {
            let sets = format!("{key}.sets");
            let before = &table.sets[..index];
            if before.iter().any(|other| other.id == set.id) {
                self.add(&sets, format!("职级组 {} 重复", set.id));
            }
            if set.ranks.is_empty() {
                self.add(&sets, format!("职级组 {} 没有职级", set.id));
            }
            match &set.of {
                Some(parent) => match before.iter().find(|other| other.id == *parent) {
                    None => {
                        let expected = format!("{}:of 应为在前的职级组,没有 {parent}", set.id);
                        self.add(&sets, expected);
                    }
                    Some(parent) => {
                        for rank in set.ranks.iter().filter(|rank| !parent.ranks.contains(rank)) {
                            let expected = format!("{}:{rank} 不在所属组 {} 中", set.id, parent.id);
                            self.add(&sets, expected);
                        }
                    }
                },
                None => {
                    let tops = before.iter().filter(|other| other.of.is_none());
                    let shared = tops.flat_map(|other| &other.ranks);
                    for rank in shared.filter(|rank| set.ranks.contains(rank)) {
                        self.add(&sets, format!("{}:{rank} 已属于另一个按基数核定的组", set.id));
                    }
                }
            }
            for rank in set.ranks.iter().filter(|rank| table.uncapped.contains(rank)) {
                self.add(&sets, format!("{}:{rank} 同时列为不限比例", set.id));
            }
        }
    }

    fn conversions(&mut self, document: &Document) {
        for (index, band) in document.conversions.iter().enumerate() {
            if band.from_orders.is_empty() || band.to_orders.is_empty() || band.to.is_empty() {
                self.add(format!("conversions.{index}"), "from_orders、to、to_orders 均不能为空");
            }
        }
    }

    fn parameters(&mut self, document: &Document) {
        let parameters = &document.parameters;
        let key = |name: &str| format!("parameters.{name}");
        let month = parameters.assessment_due_month.as_ref();
        if month.is_some_and(|month| !(1..=12).contains(&month.value)) {
            self.add(key("assessment_due_month"), "应为 1 至 12 月");
        }
        if parameters.notice_working_days.as_ref().is_some_and(|days| days.value < 5) {
            // 公务员法第四十九条;职级并行规定第二十条: never dropped, never shorter.
            self.add(key("notice_working_days"), "公示不少于 5 个工作日");
        }
        if let Some(decision) = &parameters.collective_decision {
            let half = Ratio::new(1, 2);
            let share =
                |ratio: Ratio| (u128::from(ratio.numerator()), u128::from(ratio.denominator()));
            let (n, d) = share(decision.value.quorum);
            if half.is_some() && 2 * n < d {
                self.add(key("collective_decision"), "到会人数不应少于半数");
            }
        }
        if let Some(steps) = &parameters.simplified_steps {
            for (rank, steps) in &steps.value {
                const NOTICE: [&str; 4] = ["public_notice", "posting", "notice", "closing"];
                if steps.iter().any(|step| NOTICE.contains(&step.as_str())) {
                    self.add(key("simplified_steps"), format!("{rank}:公示不得简化"));
                }
            }
        }
        if let Some(conditions) = &parameters.extra_conditions {
            for (rank, condition) in &conditions.value {
                self.condition(&key("extra_conditions"), rank.as_str(), condition);
            }
        }
        if let Some(tilts) = &parameters.tilt_rules {
            for tilt in &tilts.value {
                self.condition(&key("tilt_rules"), &tilt.name, &tilt.when);
            }
        }
        let found = super::promotion::faults(parameters)
            .into_iter()
            .chain(super::recertification::faults(parameters));
        for (name, expected) in found {
            self.add(key(name), expected);
        }
    }

    fn condition(&mut self, key: &str, of: &str, condition: &Condition) {
        if condition.depth() > CONDITION_DEPTH_MAX {
            self.add(key, format!("{of}:条件嵌套不超过 {CONDITION_DEPTH_MAX} 层"));
        }
    }
}
