//! Which step of agreement may follow which, and who takes it.

use crate::account::role::Role;
use crate::glossary::concept::Status;

/// A step from one status to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Where it leads.
    pub to: Status,
    /// The lowest role that may take it.
    pub role: Role,
    /// Whether it must say why.
    pub needs_reason: bool,
}

const fn step(to: Status, role: Role, needs_reason: bool) -> Step {
    Step { to, role, needs_reason }
}

/// The steps that lead away from a status, the usual one first.
///
/// draft → proposed → disputed → agreed → retired is the way; each objection and each way back
/// says why. Only a lead agrees words and retires them.
pub fn steps(from: Status) -> &'static [Step] {
    use Status::{Agreed, Disputed, Draft, Proposed, Retired};
    match from {
        Draft => const { &[step(Proposed, Role::Author, false), step(Retired, Role::Lead, true)] },
        Proposed => {
            const {
                &[
                    step(Agreed, Role::Lead, false),
                    step(Disputed, Role::Viewer, true),
                    step(Draft, Role::Author, true),
                    step(Retired, Role::Lead, true),
                ]
            }
        }
        Disputed => {
            const {
                &[
                    step(Proposed, Role::Author, true),
                    step(Agreed, Role::Lead, true),
                    step(Retired, Role::Lead, true),
                ]
            }
        }
        Agreed => const { &[step(Disputed, Role::Author, true), step(Retired, Role::Lead, true)] },
        Retired => const { &[step(Draft, Role::Lead, true)] },
    }
}

/// The step between two statuses, where there is one.
pub fn between(from: Status, to: Status) -> Option<Step> {
    steps(from).iter().copied().find(|step| step.to == to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lead_agrees_and_retires_words() {
        use Status::{Agreed, Disputed, Draft, Proposed, Retired};
        for from in [Draft, Proposed, Disputed, Agreed, Retired] {
            for step in steps(from) {
                assert_ne!(step.to, from);
                if matches!(step.to, Agreed | Retired) {
                    assert_eq!(step.role, Role::Lead);
                }
            }
        }
        assert_eq!(between(Draft, Agreed), None, "nothing is agreed that nobody proposed");
        assert!(between(Proposed, Disputed).is_some_and(|step| step.needs_reason));
    }
}
