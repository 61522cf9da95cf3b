//! Tests of the settings.
#![allow(clippy::unwrap_used)]
use super::*;

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn with_file(text: &str) -> (tempfile::TempDir, Flags) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE_NAME), text).unwrap();
    let flags = Flags { data: Some(folder.path().to_owned()), ..Flags::default() };
    (folder, flags)
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let (_folder, mut flags) = with_file("[listen]\naddress = \"127.0.0.1:1\"\n");
    let none = environment(&[]);
    let some = environment(&[("SAJEON_LISTEN", "127.0.0.1:2"), ("SAJEON_TEST_X", "")]);
    let port = |flags: &Flags, environment: &BTreeMap<String, String>| {
        Config::load(flags, environment).unwrap().listen.address.port()
    };
    assert_eq!(port(&Flags::default(), &none), 8080);
    assert_eq!(port(&flags, &none), 1);
    assert_eq!(port(&flags, &some), 2);
    flags.listen = Some("localhost:3".to_owned());
    assert_eq!(port(&flags, &some), 3);
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_nearest() {
    let (folder, flags) = with_file("# settings\n[listen]\n  adress = \"127.0.0.1:1\"\n");
    let error = Config::load(&flags, &environment(&[])).unwrap_err();
    let ConfigError::File(found) = &error else { panic!("{error:?}") };
    assert_eq!((found.line, found.column), (3, 3));
    assert_eq!(found.key.as_deref(), Some("adress"));
    assert_eq!(found.nearest.as_deref(), Some("address"));
    let path = folder.path().join(FILE_NAME).display().to_string();
    assert!(error.to_string().starts_with(&format!("{path}:3:3: unknown field `adress`")));
    assert!(error.to_string().ends_with("did you mean address?"), "{error}");
}

#[test]
fn wrong_tables_types_and_syntax_are_refused_with_their_place() {
    for (text, line, key) in [
        ("[limit]\nbody_bytes = 1\n", 1, Some("limit")),
        ("[limits]\nbody_bytes = \"much\"\n", 2, None),
        ("[log]\nformat = \"xml\"\n", 2, None),
        ("[log\n", 1, None),
    ] {
        let (_folder, flags) = with_file(text);
        let error = Config::load(&flags, &environment(&[])).unwrap_err();
        let ConfigError::File(found) = error else { panic!("{error:?}") };
        assert_eq!((found.line, found.key.as_deref()), (line, key), "{text}");
    }
}

#[test]
fn an_unknown_variable_and_a_wrong_value_are_refused() {
    let flags = Flags::default();
    let unknown = environment(&[("SAJEON_DATABASE_URI", "x")]);
    let error = Config::load(&flags, &unknown).unwrap_err();
    assert!(error.to_string().contains("did you mean SAJEON_DATABASE_URL?"), "{error}");
    for (name, value) in
        [("SAJEON_LISTEN", "8080"), ("SAJEON_HTTPS", "yes"), ("SAJEON_LOG_FORMAT", "xml")]
    {
        let error = Config::load(&flags, &environment(&[(name, value)])).unwrap_err();
        assert!(matches!(&error, ConfigError::Value { name: n, .. } if n == name));
    }
}

#[test]
fn a_named_file_must_exist_and_a_listed_one_need_not() {
    let flags = Flags { config: Some("/nowhere/sajeon.toml".into()), ..Flags::default() };
    let error = Config::load(&flags, &environment(&[])).unwrap_err();
    assert!(matches!(error, ConfigError::Unreadable { .. }));
}

#[test]
fn plain_http_leaves_loopback_only_when_told() {
    let mut config = Config::new("data");
    assert!(config.check_listen().is_ok());
    config.listen.address = "0.0.0.0:8080".parse().unwrap();
    assert!(config.check_listen().is_err());
    config.edge.plain_http = true;
    assert!(config.check_listen().is_ok());
}
