//! Figures of law and practice as data (政策参数): pure code that knows no storage, no
//! clock and no network.
//!
//! * [`profile`]: versioned, effective-dated documents, a national default and overlays;
//!   every value with its layer, document and article.
//! * [`ranks`], [`class`]: ladders, levels, tenure, and the class that a unit takes.
//! * [`condition`]: trees over facts whose failing branches can be named.
//! * [`calendar`]: working days, public notices, deadlines.
//! * [`codes`]: identity numbers, credit codes, divisions, document numbers, dates.
//! * [`Ratio`]: exact shares.

pub mod calendar;
pub mod class;
pub mod codes;
pub mod condition;
mod id;
pub mod located;
pub mod profile;
pub mod ranks;
mod ratio;

pub use id::{
    CategoryId, InvalidId, LevelId, PersonId, QuotaClassId, RankId, SetId, UnitId, check_id,
};
pub use ratio::{Exact, InvalidRatio, Ratio};
