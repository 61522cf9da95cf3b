//! Links to the forms, on the pages of what they edit.

use super::{Place, folder, notice};
use crate::account::role::Role;
use crate::http::page::Page;
use crate::record::Kind;
use crate::record::slug::is_slug;

/// A link with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Where it leads.
    pub url: String,
    /// What it says.
    pub label: String,
}

/// Whether the reader may edit the records of the page's project.
pub fn may_write(page: &Page) -> bool {
    page.visitor.name.is_some() && page.visitor.can_write(page.project_id())
}

/// What the reader may do on a page: edit what it shows, or add to the list that it is.
pub fn of(page: &Page) -> Vec<Tool> {
    let path = page.path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let tool = |url: String, key: &str| Tool { url, label: page.t.get(key) };
    let owns = |project: &str| {
        page.visitor.name.is_some() && page.visitor.role_in(project) >= Some(Role::Owner)
    };
    let mut tools = Vec::new();
    match parts.as_slice() {
        [""] if owns("") && page.query.is_empty() => {
            tools.push(tool("/projects/new".to_owned(), "edit-new-project"));
        }
        ["p", project] => {
            if may_write(page) {
                tools.push(new(page, project, Kind::Postmortem));
                tools.push(new(page, project, Kind::Concept));
            }
            if owns(project) {
                tools.push(tool(format!("/p/{project}/edit"), "edit-project"));
            }
        }
        ["p", project, list] if may_write(page) => {
            if let Some(kind) = kind_of(list) {
                tools.push(new(page, project, kind));
                if let Some(id) = notice::removed(page) {
                    let history = format!("/p/{project}/{list}/{id}/history");
                    tools.push(tool(history, "edit-history"));
                }
            }
        }
        ["p", project, list, id]
            if may_write(page)
                && !page.inherited
                && is_slug(id)
                && *id != "new"
                && kind_of(list).is_some() =>
        {
            let base = format!("/p/{project}/{list}/{id}");
            tools.push(tool(format!("{base}/edit"), "edit-edit"));
            tools.push(tool(format!("{base}/source"), "edit-as-source"));
        }
        _ => {}
    }
    tools
}

fn new(page: &Page, project: &str, kind: Kind) -> Tool {
    let place = Place { kind, project: project.to_owned(), id: None };
    let label = page.t.get(&format!("edit-new-{kind}"));
    Tool { url: format!("{}/new", place.back()), label }
}

fn kind_of(list: &str) -> Option<Kind> {
    [Kind::Concept, Kind::Postmortem, Kind::Cause].into_iter().find(|kind| folder(*kind) == list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::role::Visitor;
    use crate::http::page::ProjectLink;
    use crate::http::text::Lang;

    #[test]
    fn tools_are_those_of_the_page_and_of_the_role() {
        let mut page = Page::bare(Lang::En);
        page.visitor = Visitor { name: Some("minji".to_owned()), ..Visitor::anonymous() };
        page.project = Some(ProjectLink {
            id: "hanbit".to_owned(),
            name: "한빛".to_owned(),
            lang: "ko".to_owned(),
        });
        let mut urls = |path: &str, role: Option<Role>| {
            page.path = path.to_owned();
            page.visitor.everywhere = role;
            of(&page).into_iter().map(|tool| tool.url).collect::<Vec<_>>()
        };
        let author = Some(Role::Author);
        assert_eq!(
            urls("/p/hanbit/words/outage?saved=1", author),
            ["/p/hanbit/words/outage/edit", "/p/hanbit/words/outage/source"]
        );
        assert_eq!(urls("/p/hanbit/causes", author), ["/p/hanbit/causes/new"]);
        assert_eq!(
            urls("/p/hanbit/words?removed=outage", author),
            ["/p/hanbit/words/new", "/p/hanbit/words/outage/history"]
        );
        assert_eq!(urls("/p/hanbit", author), ["/p/hanbit/postmortems/new", "/p/hanbit/words/new"]);
        assert_eq!(urls("/p/hanbit", Some(Role::Owner)).len(), 3);
        assert_eq!(urls("/", Some(Role::Owner)), ["/projects/new"]);
        for path in ["/", "/p/hanbit/words/outage/edit", "/p/hanbit/words/new", "/account"] {
            assert!(urls(path, author).is_empty(), "{path}");
        }
        assert!(urls("/p/hanbit/words/outage", Some(Role::Viewer)).is_empty());
    }
}
