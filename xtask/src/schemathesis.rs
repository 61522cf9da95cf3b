//! Requests made from the API's own description: no server error, no answer that it does not
//! describe.

use anyhow::Result;

use crate::packages;
use crate::program::Program;
use crate::workspace::Workspace;

/// What is installed from `PyPI`.
const PACKAGE: &str = "schemathesis==4.32.5";
/// What is looked at. What a schema allows and a record's own rules refuse is no fault, so
/// `positive_data_acceptance` is not among them; nor is a history that outlives its record.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_schema_conformance,response_headers_conformance,ignored_auth,unsupported_method";
/// Requests of each operation and phase, with a token.
const EXAMPLES: &str = "30";
/// The same as nobody, who is turned away from most operations before anything is read.
const EXAMPLES_OF_NOBODY: &str = "10";
/// What nobody tries: not each key of each record, since none of them is looked at.
const PHASES_OF_NOBODY: &str = "examples,fuzzing";

/// Bodies that are a record's own text.
const HOOKS: &str = r#"import schemathesis


def as_text(ctx, value):
    return value if isinstance(value, (bytes, str)) else str(value)


for media_type in ("text/markdown", "application/toml"):
    schemathesis.serializer(media_type)(as_text)
"#;

/// Makes the virtual environment under the target folder, unless it stands there already; gives
/// the program.
///
/// # Errors
/// When Python or `PyPI` is not there.
pub fn install(workspace: &Workspace) -> Result<Program> {
    packages::install(&[&packages::VENV])?;
    let folder = workspace.target.join("schemathesis");
    // pip writes no sign of its own that an installation was completed.
    let stamp = folder.join("installed");
    if std::fs::read_to_string(&stamp).ok().as_deref() != Some(PACKAGE) {
        println!("pip install {PACKAGE}");
        Program::new("python3").words(&["-m", "venv"]).word(&folder).check()?;
        let pip = Program::new(folder.join("bin/pip"));
        pip.words(&["install", "--quiet", "--disable-pip-version-check", PACKAGE]).check()?;
        std::fs::write(&stamp, PACKAGE)?;
    }
    std::fs::write(folder.join("sajeon_hooks.py"), HOOKS)?;
    Ok(Program::new(folder.join("bin/schemathesis"))
        .folder(&folder)
        .variable("PYTHONPATH", &folder)
        .variable("SCHEMATHESIS_HOOKS", "sajeon_hooks"))
}

/// A run against the service at `url`: as the holder of a token, or as nobody.
pub fn run(program: &Program, url: &str, token: Option<&str>) -> Program {
    let description = format!("{url}/api/v1/openapi.json");
    let run = program.clone().word("run").word(description).words(&[
        "--checks",
        CHECKS,
        "--seed",
        "1",
        "--no-color",
    ]);
    match token {
        Some(token) => {
            let run = run.words(&["--max-examples", EXAMPLES, "-H"]);
            run.word(format!("Authorization: Bearer {token}"))
        }
        None => {
            let fewer = ["--max-examples", EXAMPLES_OF_NOBODY, "--phases", PHASES_OF_NOBODY];
            run.words(&fewer)
        }
    }
}
