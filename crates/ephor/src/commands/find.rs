//! What is meant by a name on the command line: the whole name or the id first, then the beginning of a name,
//! then any part of one. What could be several is never guessed.

use crate::failure::Failure;
use crate::output::clean;

/// How many names a hint lists.
const NAMES_MAX: usize = 12;

/// What can be named.
pub(crate) trait Named {
    /// Its id.
    fn id(&self) -> &str;
    /// Its name.
    fn name(&self) -> &str;
}

/// Everything that `text` can mean, of the closest kind that there is.
pub(crate) fn all<'a, T: Named>(text: &str, among: &[&'a T]) -> Vec<&'a T> {
    let wanted = text.to_lowercase();
    let name = |one: &T| one.name().to_lowercase();
    let kinds: [&dyn Fn(&T) -> bool; 3] = [
        &|one| name(one) == wanted || one.id().eq_ignore_ascii_case(text),
        &|one| name(one).starts_with(&wanted),
        &|one| name(one).contains(&wanted),
    ];
    if wanted.trim().is_empty() {
        return Vec::new();
    }
    kinds
        .iter()
        .map(|fits| among.iter().copied().filter(|one| fits(one)).collect())
        .find(|found: &Vec<&T>| !found.is_empty())
        .unwrap_or_default()
}

/// The one thing that `text` means. Two of the same id are one. `what` is what is looked for, such as
/// `group`, and `whose` where, such as ` among yours for this`.
pub(crate) fn one<'a, T: Named>(
    text: &str,
    among: &[&'a T],
    what: &str,
    whose: &str,
) -> Result<&'a T, Failure> {
    let mut found = all(text, among);
    found.dedup_by(|one, other| one.id() == other.id());
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let failure = Failure::new(format!("there is no {what} `{}`{whose}", clean(text)));
            let names = names(among.iter().map(|one| format!("`{}`", one.name())));
            Err(match names {
                Some(names) => failure.hint(format!("there is {names}")),
                None => failure,
            })
        }
        several => Err(can_mean_several(text, what, several)),
    }
}

/// That a name is not enough, with what it could mean.
pub(crate) fn can_mean_several<T: Named>(text: &str, what: &str, several: &[&T]) -> Failure {
    let names = names(
        several
            .iter()
            .map(|one| format!("`{}` ({})", one.name(), one.id())),
    );
    Failure::new(format!("`{}` can mean several {what}s", clean(text))).hint(format!(
        "write more of the name, or the id: {}",
        names.unwrap_or_default()
    ))
}

/// The first of these, and how many more there are.
fn names(all: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = all.collect();
    let (first, more) = all.split_at(all.len().min(NAMES_MAX));
    if first.is_empty() {
        return None;
    }
    let more = match more.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(first.join(", ") + &more)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Named for (&str, &str) {
        fn id(&self) -> &str {
            self.0
        }

        fn name(&self) -> &str {
            self.1
        }
    }

    #[test]
    fn a_name_is_found_whole_then_by_its_beginning_then_by_a_part_that_is_its_own() {
        let all = [
            ("1", "Production admins"),
            ("2", "Production"),
            ("3", "Payroll"),
            ("3", "Payroll"),
            ("4", "Admins of the road"),
        ];
        let among: Vec<_> = all.iter().collect();
        let found = |name: &str| one(name, &among, "group", "").map(|one| one.0);
        assert_eq!(
            found("production").unwrap(),
            "2",
            "the whole name counts first"
        );
        assert_eq!(found("pay").unwrap(), "3", "two ways to one group");
        assert_eq!(found("1").unwrap(), "1");
        assert_eq!(found("admins").unwrap(), "4", "a beginning before a part");
        assert_eq!(found("road").unwrap(), "4");
        let several = found("p").unwrap_err().report();
        assert!(
            several.contains("`p` can mean several groups") && several.contains("(1)"),
            "{several}"
        );
        for nothing in ["x", "", " "] {
            let none = found(nothing).unwrap_err().report();
            assert!(none.contains("there is `Production admins`"), "{none}");
        }
    }

    #[test]
    fn a_hint_does_not_list_a_thousand_names() {
        let all: Vec<_> = (0..1000).map(|_| ("1", "Group")).collect();
        let among: Vec<_> = all.iter().collect();
        let none = one("x", &among, "group", "").unwrap_err().report();
        assert!(none.contains("and 988 more") && none.len() < 400, "{none}");
    }
}
