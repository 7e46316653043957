//! Templates that are wrong, and paths in all their forms.

use super::*;

fn error(text: &str) -> String {
    Template::parse(text).unwrap_err().to_string()
}

#[test]
fn a_wrong_template_is_told_with_its_place() {
    for (template, problem, at) in [
        ("", "the template is empty", 1),
        ("{.a", "the brace is not closed", 1),
        ("ab{.a\n}", "the brace is not closed", 3),
        ("{.a}{end}", "there is no range for {end} to end", 5),
        ("{range .a[*]}{.b}", "{end} of the range is missing", 18),
        ("{.a[1}", "the bracket is not closed", 4),
        ("{.a[x]}", "`x` is neither an index nor a name in '…'", 5),
        ("{.a[0,x]}", "`x` is neither an index nor a name in '…'", 7),
        ("{.a[\"b\"]}", "`\"b\"` is neither an index nor a name in '…'", 5),
        ("{.a[?(@.b]}", "the filter is not closed", 4),
        ("{.a[?(@.b)}", "`]` must follow the filter", 11),
        ("{.a[?(@.b===1)]}", "`===` compares nothing; ==, !=, <, <=, > and >= do", 10),
        ("{.a[?(@.b==)]}", "one side of the comparison is missing", 10),
        ("{.a[?(@.b==c)]}", "`c` is neither a field, which begins with a dot, nor in quotes", 12),
        ("{\"a}", "the quote is not closed", 2),
        ("{\"\\q\"}", "the backslash escapes nothing that is known", 4),
        ("{.a....b}", "`..` stands twice", 6),
        ("{.a,.b}", "`,` has no meaning here", 4),
        ("{.a b}", "`b` is neither a field, which begins with a dot, nor in quotes", 5),
        ("{1.2.3}", "`1.2.3` is no number", 2),
        (".a[x]", "`x` is neither an index nor a name in '…'", 4),
    ] {
        assert_eq!(error(template), format!("{problem} (at character {at} of the template)"));
    }
}

#[test]
fn a_path_may_do_without_its_dot_and_without_braces() {
    let expected = Template::parse("{.a.b}").unwrap();
    for text in ["a.b", ".a.b", "{a.b}", "{ .a.b }", "{@.a.b}", "{$.a.b}", "{['a.b']}"] {
        assert_eq!(Template::parse(text).unwrap(), expected, "{text}");
    }
    for text in ["a.b", ".a.b", "{a.b}", "{.a.b}"] {
        assert_eq!(Template::of_path(text).unwrap(), expected, "{text}");
    }
}
