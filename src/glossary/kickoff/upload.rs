//! A form that may bring a file: the fields of a `multipart/form-data` body (RFC 7578).

/// The value of each field, as bytes, in order; `None` when the body is not such a form.
pub fn fields<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<(String, &'a [u8])>> {
    let boundary = boundary(content_type)?;
    let mark = format!("--{boundary}");
    let mut rest = after(body, mark.as_bytes())?;
    let mut found = Vec::new();
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n")?;
        let ends = format!("\r\n{mark}");
        let end = position(part, ends.as_bytes())?;
        let (head, value) = split(&part[..end], b"\r\n\r\n")?;
        let name = name(std::str::from_utf8(head).ok()?)?;
        found.push((name, value));
        rest = &part[end + ends.len()..];
    }
    Some(found)
}

fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = parameters.split(';').find_map(|one| one.trim().strip_prefix("boundary="))?;
    let value = value.trim_matches('"');
    (1..=70).contains(&value.len()).then_some(value)
}

/// The `name` of a part, from its headers.
fn name(head: &str) -> Option<String> {
    let line = head.lines().find(|line| {
        line.get(..20).is_some_and(|start| start.eq_ignore_ascii_case("content-disposition:"))
    })?;
    let (_, rest) = line.split_once(" name=\"")?;
    Some(rest.split('"').next()?.to_owned())
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}

fn after<'a>(bytes: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    position(bytes, wanted).map(|at| &bytes[at + wanted.len()..])
}

fn split<'a>(bytes: &'a [u8], by: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    position(bytes, by).map(|at| (&bytes[..at], &bytes[at + by.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_a_file_is_read_and_anything_else_is_not() {
        let body = "--b1\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n가 나\r\n\
                    --b1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.md\"\r\n\
                    Content-Type: text/markdown\r\n\r\n# 제목\r\n--x\r\n--b1--\r\n";
        let kind = "multipart/form-data; boundary=b1";
        let found = fields(kind, body.as_bytes());
        let expected = vec![
            ("text".to_owned(), "가 나".as_bytes()),
            ("file".to_owned(), "# 제목\r\n--x".as_bytes()),
        ];
        assert_eq!(found, Some(expected));
        for (kind, body) in [
            ("text/plain", body),
            ("multipart/form-data", body),
            (kind, "--b1"),
            (kind, "--b1\r\nx"),
            (kind, ""),
            (kind, "--b1\r\n\r\n\r\n--b1--"),
        ] {
            assert_eq!(fields(kind, body.as_bytes()), None, "{kind} {body:?}");
        }
    }
}
