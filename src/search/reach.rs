//! Which concepts of other projects a concept reaches.
//!
//! A document is tagged by the glossary of its own project, so a query that means a concept of
//! one project has to name its like in the others. Two concepts are alike when they share a
//! preferred or an admitted term and no `homograph` relation says that they are not.

use std::collections::{BTreeMap, BTreeSet};

use crate::glossary::concept::{Concept, RelationKind, Use};
use crate::search::schema::concept_term;
use crate::text::normal::form;

/// The words that join concepts of all projects, and the relations that part them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Concepts by the normal form of a proper term.
    by_form: BTreeMap<String, BTreeSet<String>>,
    forms: BTreeMap<String, Vec<String>>,
    homographs: BTreeSet<(String, String)>,
}

impl Reach {
    /// Joins the concepts of all glossaries, given as project and concepts.
    pub fn build<'a>(glossaries: impl IntoIterator<Item = (&'a str, &'a [Concept])>) -> Self {
        let mut reach = Self::default();
        for (project, concepts) in glossaries {
            for concept in concepts {
                reach.add(project, concept);
            }
        }
        reach
    }

    /// Joins one concept of a project.
    pub fn add(&mut self, project: &str, concept: &Concept) {
        let name = concept_term(project, &concept.id);
        let proper = |usage| matches!(usage, Use::Preferred | Use::Admitted);
        for term in concept.terms.iter().filter(|term| proper(term.usage)) {
            let form = form(&term.text);
            self.by_form.entry(form.clone()).or_default().insert(name.clone());
            self.forms.entry(name.clone()).or_default().push(form);
        }
        for relation in concept.relations.iter().filter(|r| r.kind == RelationKind::Homograph) {
            let other = match relation.to.split_once(':') {
                Some((other, id)) => concept_term(other, id),
                None => concept_term(project, &relation.to),
            };
            self.homographs.insert((name.clone(), other.clone()));
            self.homographs.insert((other, name.clone()));
        }
    }

    /// The concepts of other projects that `project/concept` reaches, sorted, without itself.
    pub fn of(&self, concept: &str) -> BTreeSet<&str> {
        let project = concept.split('/').next().unwrap_or_default();
        let forms = self.forms.get(concept).into_iter().flatten();
        forms
            .filter_map(|form| self.by_form.get(form))
            .flatten()
            .map(String::as_str)
            .filter(|other| other.split('/').next() != Some(project))
            .filter(|other| !self.homographs.contains(&(concept.to_owned(), (*other).to_owned())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Reach;
    use crate::glossary::concept::{Relation, RelationKind, Use};
    use crate::glossary::matcher::tests::concept;

    #[test]
    fn shared_proper_terms_reach_and_homographs_do_not() {
        let mut hanbit = [concept("outage", &["장애", "障害", "장해"]), concept("pool", &["풀"])];
        hanbit[0].terms[2].usage = Use::Deprecated;
        let orion = [concept("outage", &["障害"]), concept("harm", &["장해"])];
        let mut sajeon = [concept("incident", &["장애"])];
        sajeon[0].relations = vec![Relation {
            kind: RelationKind::Homograph,
            to: "hanbit:outage".into(),
            note: None,
        }];
        let reach = Reach::build([("hanbit", &hanbit[..]), ("orion", &orion), ("sajeon", &sajeon)]);
        let of = |name| reach.of(name).into_iter().collect::<Vec<_>>();
        assert_eq!(of("hanbit/outage"), ["orion/outage"]);
        assert_eq!(of("orion/outage"), ["hanbit/outage"]);
        assert_eq!(of("sajeon/incident"), [""; 0]);
        assert_eq!(of("hanbit/pool"), [""; 0]);
        assert_eq!(of("nobody/x"), [""; 0]);
    }
}
