//! `ephor group settings`: what a policy asks for, in people's words, and changes of it (R-C1 to R-C6).

use ephor_core::policy::{Enabled, Occasion, RecipientKind, RuleId};
use serde_json::{Value, json};

use super::words::{event, need, whom};
use crate::cli::GroupSettingsArgs;
use crate::client::{Client, Group, Policy};
use crate::commands::lasting::in_words;
use crate::commands::people::{self, Who};
use crate::failure::{Exit, Failure};
use crate::output::{Output, clean};

/// Shows it, after what is changed.
pub(super) fn run(args: &GroupSettingsArgs, output: &Output) -> anyhow::Result<Exit> {
    let client = Client::new(args.server.server.as_deref())?;
    let group = people::group(&client, &args.group)?;
    let access = crate::commands::access(args.owner);
    let mut policy = client.policy(&group.id, access)?;
    let rules = changes(&client, args)?;
    if !rules.is_empty() {
        policy = client.change_policy(&policy, &rules)?;
        output.say("changed; what was already granted stays as it is\n");
        for called in &policy.warnings {
            output.say(&format!("note: {}\n", clean(called)));
        }
    }
    let shown = shown(&client, &group, access.as_str(), &policy)?;
    output.print(&shown, |output| table(&shown, output));
    Ok(Exit::Done)
}

const EXPIRATION: &str = "ExpirationRule";
const ENABLEMENT: &str = "EnablementRule";

/// The rule of this id and type, with what changes of it.
fn rule(id: RuleId, kind: &str, mut change: Value) -> Value {
    change["@odata.type"] = format!("#microsoft.graph.unifiedRoleManagementPolicy{kind}").into();
    change["id"] = id.to_string().into();
    change
}

/// What of the rules is to be changed, as it goes over the wire.
fn changes(client: &Client, args: &GroupSettingsArgs) -> Result<Vec<Value>, Failure> {
    let mut rules = Vec::new();
    for (occasion, maximum, permanent) in [
        (Occasion::EndUserAssignment, &args.activation_max, false),
        (
            Occasion::AdminEligibility,
            &args.eligible_max,
            args.eligible_permanent,
        ),
        (
            Occasion::AdminAssignment,
            &args.active_max,
            args.active_permanent,
        ),
    ] {
        let change = match maximum {
            Some(maximum) => json!({
                "isExpirationRequired": true,
                "maximumDuration": maximum.as_str(),
            }),
            None if permanent => json!({ "isExpirationRequired": false }),
            None => continue,
        };
        rules.push(rule(RuleId::Expiration(occasion), EXPIRATION, change));
    }
    let wire = |needs: &[Enabled]| -> Vec<&str> { needs.iter().map(|one| one.as_str()).collect() };
    if let Some(needs) = &args.require {
        let change = json!({ "enabledRules": wire(&needs.0) });
        let id = RuleId::Enablement(Occasion::EndUserAssignment);
        rules.push(rule(id, ENABLEMENT, change));
    }
    if let Some(needs) = &args.active_require {
        let change = json!({ "enabledRules": wire(&needs.0) });
        let id = RuleId::Enablement(Occasion::AdminAssignment);
        rules.push(rule(id, ENABLEMENT, change));
    }
    if let Some(context) = &args.context {
        let change = if context.eq_ignore_ascii_case("none") {
            json!({ "isEnabled": false })
        } else {
            json!({ "isEnabled": true, "claimValue": context })
        };
        let id = RuleId::AuthenticationContext;
        rules.push(rule(id, "AuthenticationContextRule", change));
    }
    if let Some(setting) = approval(client, args)? {
        let change = json!({ "setting": setting });
        rules.push(rule(RuleId::Approval, "ApprovalRule", change));
    }
    rules.extend(notifications(args));
    Ok(rules)
}

fn approval(client: &Client, args: &GroupSettingsArgs) -> Result<Option<Value>, Failure> {
    if args.no_approval {
        return Ok(Some(json!({ "isApprovalRequired": false })));
    }
    if args.approver.is_empty() {
        return Ok(None);
    }
    let approvers = args.approver.iter().map(|text| {
        Ok(match people::who(client, text)? {
            Who::User(user) => json!({
                "@odata.type": "#microsoft.graph.singleUser",
                "userId": user.id,
                "description": user.name,
            }),
            Who::Group(group) => json!({
                "@odata.type": "#microsoft.graph.groupMembers",
                "groupId": group.id,
                "description": group.name,
            }),
        })
    });
    let approvers = approvers.collect::<Result<Vec<Value>, Failure>>()?;
    Ok(Some(json!({
        "isApprovalRequired": true,
        "approvalStages": [{ "primaryApprovers": approvers }],
    })))
}

/// The notification rules that change: level and recipients of one rule go together.
fn notifications(args: &GroupSettingsArgs) -> Vec<Value> {
    let mut ids: Vec<RuleId> = args.notify.iter().map(|one| one.rule).collect();
    ids.extend(args.notify_also.iter().map(|one| one.rule));
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter()
        .map(|id| {
            let mut change = json!({});
            // What is said last of a rule counts.
            if let Some(notify) = args.notify.iter().rfind(|one| one.rule == id) {
                change["notificationLevel"] = notify.level.as_str().into();
            }
            if let Some(also) = args.notify_also.iter().rfind(|one| one.rule == id) {
                change["notificationRecipients"] = also.addresses.clone().into();
            }
            rule(id, "NotificationRule", change)
        })
        .collect()
}

/// A policy as JSON with members of its own.
fn shown(client: &Client, group: &Group, access: &str, policy: &Policy) -> Result<Value, Failure> {
    let text = |id: RuleId, name: &str| policy.text(&id.to_string(), name);
    let of = |id: RuleId, name: &str| -> Value {
        let rule = policy.rule(&id.to_string());
        rule.and_then(|rule| rule.get(name))
            .cloned()
            .unwrap_or_default()
    };
    let needs = |occasion: Occasion| -> Vec<&str> {
        let words = of(RuleId::Enablement(occasion), "enabledRules");
        let words = words.as_array().cloned().unwrap_or_default();
        words
            .iter()
            .filter_map(|word| Enabled::parse(word.as_str()?))
            .map(need)
            .collect()
    };
    let assigned = |occasion: Occasion| {
        let id = RuleId::Expiration(occasion);
        json!({
            "maximum": text(id, "maximumDuration"),
            "permanent": of(id, "isExpirationRequired") == json!(false),
        })
    };
    let setting = of(RuleId::Approval, "setting");
    let approvers = setting.pointer("/approvalStages/0/primaryApprovers");
    let approvers = approvers.and_then(Value::as_array).into_iter().flatten();
    let context = text(RuleId::AuthenticationContext, "claimValue");
    let uses_context = of(RuleId::AuthenticationContext, "isEnabled") == json!(true);
    let mut active = assigned(Occasion::AdminAssignment);
    active["require"] = needs(Occasion::AdminAssignment).into();
    let mut notifications = Vec::new();
    for occasion in Occasion::ALL {
        for kind in RecipientKind::ALL {
            let id = RuleId::Notification(kind, occasion);
            notifications.push(json!({
                "event": event(occasion),
                "to": whom(kind),
                "level": text(id, "notificationLevel").map(|level| level.to_lowercase()),
                "defaults": of(id, "isDefaultRecipientsEnabled"),
                "recipients": of(id, "notificationRecipients"),
            }));
        }
    }
    Ok(json!({
        "group": group.name,
        "groupId": group.id,
        "accessId": access,
        "activation": {
            "maximum": policy.activation_maximum(),
            "require": needs(Occasion::EndUserAssignment),
            "context": context.filter(|_| uses_context),
            "approval": setting["isApprovalRequired"] == json!(true),
            "approvers": approvers.map(|one| approver(client, one)).collect::<Vec<_>>(),
        },
        "eligible": assigned(Occasion::AdminEligibility),
        "active": active,
        "notifications": notifications,
    }))
}

/// An approver, with what they are called now.
fn approver(client: &Client, one: &Value) -> Value {
    let (kind, id) = match (one.get("userId"), one.get("groupId")) {
        (Some(id), _) => ("user", id),
        (None, Some(id)) => ("group", id),
        (None, None) => ("user", &Value::Null),
    };
    let name = id.as_str().and_then(|id| client.principal(id));
    let name = name.map_or_else(|| one["description"].clone(), |one| one.name.into());
    json!({ "type": kind, "id": id, "name": name })
}

/// The same in words.
fn table(shown: &Value, output: &Output) {
    let text = |pointer: &str| {
        let value = shown.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let is = |pointer: &str| shown.pointer(pointer) == Some(&Value::Bool(true));
    let list = |value: Option<&Value>| -> Vec<String> {
        let items = value.and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(clean).collect()
    };
    let needs = |pointer: &str| match list(shown.pointer(pointer)).as_slice() {
        [] => "nothing".to_owned(),
        some => some.join(", "),
    };
    let end = |pointer: &str| {
        if is(&format!("{pointer}/permanent")) {
            "no end is needed".to_owned()
        } else {
            format!("{} at most", in_words(&text(&format!("{pointer}/maximum"))))
        }
    };
    let approvers = shown
        .pointer("/activation/approvers")
        .and_then(Value::as_array);
    let approvers: Vec<String> = approvers
        .into_iter()
        .flatten()
        .map(|one| {
            let name = clean(
                one["name"]
                    .as_str()
                    .or(one["id"].as_str())
                    .unwrap_or_default(),
            );
            match one["type"].as_str() {
                Some("group") => format!("everybody in {name}"),
                _ => name,
            }
        })
        .collect();
    let approval = match (is("/activation/approval"), approvers.is_empty()) {
        (true, _) => format!("by {}", approvers.join(", ")),
        (false, true) => "not needed".to_owned(),
        (false, false) => format!("not needed (would be by {})", approvers.join(", ")),
    };
    let context = match text("/activation/context") {
        context if context.is_empty() => "none".to_owned(),
        context => context,
    };
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    let rows = vec![
        row(
            "activation lasts",
            format!("{} at most", in_words(&text("/activation/maximum"))),
        ),
        row("activation needs", needs("/activation/require")),
        row("authentication context", context),
        row("approval", approval),
        row("eligible assignment", end("/eligible")),
        row("active assignment", end("/active")),
        row("active assignment needs", needs("/active/require")),
    ];
    output.table(
        &format!("{} of {}\n", text("/accessId"), clean(&text("/group"))),
        &["what", "policy"],
        rows,
    );
    let notifications = shown["notifications"].as_array();
    let rows = notifications
        .into_iter()
        .flatten()
        .map(|one| {
            let word = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
            let mut to = list(one.get("recipients"));
            if one["defaults"] == json!(true) {
                to.insert(0, "the usual".to_owned());
            }
            vec![
                word("event"),
                word("to"),
                word("level"),
                if to.is_empty() {
                    "nobody".to_owned()
                } else {
                    to.join(", ")
                },
            ]
        })
        .collect();
    output.table("\nMails", &["event", "for", "level", "to"], rows);
}
