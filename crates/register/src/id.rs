//! Names of what the registers keep.

use quanheng_policy::id_type;

id_type!(
    /// A post (职位) of a unit.
    PostId
);
id_type!(
    /// An interval of a person's service: in a slot, a post, a rank, on secondment.
    SpellId
);
id_type!(
    /// A fact held about a person under seal: a sanction, a commendation, a relative.
    FactId
);
