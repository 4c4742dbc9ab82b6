//! Lists and objects as clients ask for them: filters, selections, expansions, orders, pages, counts
//! (`directory.md` section 2, `pim-groups.md` section 1).

use ephor_core::caller::Caller;
use ephor_core::text::{DisplayName, ShortText};
use ephor_core::time::Length;
use ephor_ops::directory::{NewUser, create_user};
use serde_json::{Value, json};

use crate::support::{Answer, URL, World, on_every_engine, pim};

/// What makes a query an advanced one.
const EVENTUAL: [(&str, &str); 1] = [("consistencylevel", "eventual")];

/// One more user, with a department.
async fn hire(world: &World, name: &str, display_name: &str, department: Option<&str>) {
    let mut new = NewUser::named(
        format!("{name}@contoso.example").parse().unwrap(),
        DisplayName::new(display_name).unwrap(),
    );
    new.department = department.map(|department| ShortText::new(department).unwrap());
    new.mail = Some(ShortText::new(format!("{name}@mail.example")).unwrap());
    let admin = Caller::person(world.person("admin").parse().unwrap());
    world
        .store
        .write("user.create", admin, move |tx| create_user(tx, new))
        .await
        .unwrap();
}

/// What a list shows under `name`, asked plainly or in advanced mode.
async fn asked(world: &World, advanced: bool, path: &str, name: &str) -> Vec<String> {
    let headers: &[(&str, &str)] = if advanced { &EVENTUAL } else { &[] };
    let path = match advanced {
        true => format!("{path}&$count=true"),
        false => path.to_owned(),
    };
    let told = world
        .admin()
        .send("GET", &path, headers, None)
        .await
        .expect(200);
    let rows = told.each(name);
    if advanced {
        assert_eq!(told.json()["@odata.count"], json!(rows.len()), "{path}");
    }
    rows
}

on_every_engine! {
    /// `directory.md` 2.2 and 2.3: every operator on users and groups, in the mode that it needs.
    filters_of_the_directory_choose_the_rows_they_say, |world| {
        hire(&world, "dora", "Dora O'Hara", Some("IT")).await;
        hire(&world, "emil", "100%_sure\\", Some("Sales & more")).await;
        world.forward(Length::hours(1));
        hire(&world, "zoe", "Zoë", None).await;
        let ada = world.person("ada");
        let upper = ada.to_uppercase();
        let cases: Vec<(bool, String, &[&str])> = vec![
            (false, "displayName eq 'ada'".into(), &["Ada"]),
            (false, "displayName eq 'Dora O''Hara'".into(), &["Dora O'Hara"]),
            (false, "startswith(displayName,'100%25_')".into(), &["100%_sure\\"]),
            (false, "startswith(displayName,'1__')".into(), &[]),
            (false, "startswith(displayName,'zo%C3%AB')".into(), &["Zoë"]),
            (false, "displayName eq 'ZO%C3%8B'".into(), &["Zoë"]),
            (false, format!("id eq '{ada}'"), &["Ada"]),
            (false, format!("id eq {ada}"), &["Ada"]),
            (false, format!("id eq '{upper}'"), &["Ada"]),
            (false, format!("id in ('{ada}','x')"), &["Ada"]),
            (false, "userPrincipalName in ('ada@contoso.example','BOB@contoso.example')".into(), &["Ada", "Bob"]),
            (false, "department eq 'Sales %26 more'".into(), &["100%_sure\\"]),
            (false, "startswith(userPrincipalName,'ca') and accountEnabled eq true".into(), &["Carol"]),
            (false, "accountEnabled eq false".into(), &[]),
            (false, "displayName eq 'Ada' or displayName eq 'Bob' and department eq 'IT'".into(), &["Ada"]),
            (false, "(displayName eq 'Ada' or displayName eq 'Dora O''Hara') and department eq 'IT'".into(), &["Dora O'Hara"]),
            (false, "createdDateTime ge 2026-11-21T10:00:00Z".into(), &["Zoë"]),
            (false, "createdDateTime gt 2026-11-21T10:00:00Z".into(), &[]),
            (false, "createdDateTime lt 2026-11-21T11:00:00%2B01:00 and department eq 'IT'".into(), &["Dora O'Hara"]),
            (true, "endswith(mail,'@MAIL.example') and department ne 'IT'".into(), &["100%_sure\\", "Zoë"]),
            (true, "department eq null and mail ne null".into(), &["Zoë"]),
            (true, "not(startswith(displayName,'A')) and not(mail eq null)".into(), &["Dora O'Hara", "100%_sure\\", "Zoë"]),
            (true, "id ne '00000000-0000-4000-8000-000000000000' and startswith(displayName,'b')".into(), &["Bob"]),
        ];
        for (advanced, filter, wanted) in cases {
            let told = asked(&world, advanced, &format!("/v1.0/users?$filter={filter}"), "displayName").await;
            assert_eq!(told, wanted, "{filter}");
        }

        let unified = json!({
            "displayName": "everybody", "mailEnabled": true, "mailNickname": "everybody",
            "securityEnabled": true, "groupTypes": ["Unified"], "description": "All of us",
        });
        world.admin().post("/v1.0/groups", &unified).await.expect(201);
        for (advanced, filter, wanted) in [
            (false, "groupTypes/any(c:c eq 'Unified')", &["everybody"] as &[&str]),
            (false, "groupTypes/any(g:g eq 'dynamicmembership')", &["dynamic"]),
            (true, "not(groupTypes/any(c:c eq 'Unified')) and not(groupTypes/any(c:c eq 'DynamicMembership'))", &["prod-admins", "readers", "synced"]),
            (false, "mailEnabled eq true", &["everybody"]),
            (false, "securityEnabled eq true and startswith(displayName,'e')", &["everybody"]),
            (false, "isAssignableToRole eq true", &[]),
            (false, "onPremisesSyncEnabled eq true", &["synced"]),
            (false, "membershipRuleProcessingState eq 'on'", &["dynamic"]),
            (false, "startswith(description,'all')", &["everybody"]),
            (false, "mailNickname eq 'readers'", &["readers"]),
        ] {
            let told = asked(&world, advanced, &format!("/v1.0/groups?$filter={filter}"), "displayName").await;
            assert_eq!(told, wanted, "{filter}");
        }
    }
}

/// Ada and Bob are eligible for `prod-admins`, Ada for `readers` from tomorrow; Ada has activated.
async fn with_schedules(world: &World) {
    world.make_eligible("ada", "prod-admins").await;
    world.forward(Length::minutes(1));
    world.make_eligible("bob", "prod-admins").await;
    let mut later = world.assignment("ada", "readers", "P30D");
    later["scheduleInfo"]["startDateTime"] = json!("2026-11-22T09:00:00Z");
    world
        .admin()
        .post(&pim("eligibilityScheduleRequests"), &later)
        .await
        .expect(201);
    world.activate("ada", "prod-admins").await;
}

on_every_engine! {
    /// `pim-groups.md` section 1: the filters of schedules, instances and requests.
    filters_of_schedules_choose_the_rows_they_say, |world| {
        with_schedules(&world).await;
        let (ada, bob) = (world.person("ada"), world.person("bob"));
        let group = world.group("prod-admins");
        let of = |name: &str| format!("groupId eq '{}'", world.group(name));
        let mine = format!("principalId eq '{ada}'");
        for (list, filter, wanted) in [
            ("eligibilitySchedules", of("prod-admins"), vec![&ada, &bob]),
            ("eligibilitySchedules", format!("group/id eq '{group}' and principal/id eq '{bob}'"), vec![&bob]),
            ("eligibilitySchedules", format!("{} and accessId eq 'OWNER'", of("prod-admins")), vec![]),
            ("eligibilitySchedules", format!("{} and startswith(principal/displayName,'b')", of("prod-admins")), vec![&bob]),
            ("eligibilitySchedules", format!("{} and contains(principal/displayName,'D')", of("prod-admins")), vec![&ada]),
            ("eligibilitySchedules", format!("{} and principalId ne '{ada}'", of("prod-admins")), vec![&bob]),
            ("eligibilitySchedules", format!("{} and not(principalId eq '{ada}')", of("prod-admins")), vec![&bob]),
            ("eligibilitySchedules", format!("{} and principalId in ('{ada}','{bob}')", of("prod-admins")), vec![&ada, &bob]),
            ("eligibilitySchedules", mine.clone(), vec![&ada, &ada]),
            ("eligibilitySchedules", format!("{mine} and status eq 'granted'"), vec![&ada]),
            ("eligibilitySchedules", format!("{mine} and status ne 'Granted'"), vec![&ada]),
            ("eligibilitySchedules", format!("{mine} and scheduleInfo/startDateTime gt 2026-11-22T00:00:00Z"), vec![&ada]),
            ("eligibilitySchedules", format!("{} and createdDateTime ge 2026-11-21T09:01:00Z", of("prod-admins")), vec![&bob]),
            ("eligibilitySchedules", format!("{mine} and createdUsing eq null"), vec![]),
            ("eligibilitySchedules", format!("{mine} and memberType eq 'direct'"), vec![&ada, &ada]),
            ("eligibilityScheduleInstances", mine.clone(), vec![&ada]),
            ("eligibilityScheduleInstances", format!("{mine} and endDateTime le 2026-12-21T09:00:00Z"), vec![&ada]),
            ("assignmentSchedules", format!("{mine} and assignmentType eq 'activated'"), vec![&ada]),
            ("assignmentSchedules", format!("{mine} and assignmentType eq 'assigned'"), vec![]),
            ("eligibilityScheduleRequests", format!("{mine} and status eq 'Granted'"), vec![&ada]),
            ("eligibilityScheduleRequests", format!("{} and action eq 'AdminAssign'", of("prod-admins")), vec![&ada, &bob]),
            ("assignmentScheduleRequests", format!("{} and createdBy eq '{ada}'", of("prod-admins")), vec![&ada]),
            ("assignmentScheduleRequests", format!("{} and createdBy/user/id ne '{ada}'", of("prod-admins")), vec![]),
        ] {
            let told = world.admin().get(&pim(&format!("{list}?$filter={filter}&$count=true"))).await.expect(200);
            assert_eq!(told.each("principalId"), wanted.iter().map(|id| (*id).clone()).collect::<Vec<_>>(), "{list} {filter}");
            assert_eq!(told.json()["@odata.count"], wanted.len(), "{list} {filter}");
            let count = world.admin().get(&pim(&format!("{list}/$count?$filter={filter}"))).await.expect(200);
            assert_eq!(count.text, wanted.len().to_string(), "{list} {filter}");
            assert_eq!(count.headers["content-type"], "text/plain; charset=utf-8");
        }
        // Everybody may ask for their own, and for nothing else.
        let rows = world.ada().get(&pim(&format!("eligibilitySchedules?$filter={mine}"))).await.expect(200).rows();
        assert_eq!(rows.len(), 2);
        world.ada().get(&pim(&format!("eligibilitySchedules?$filter=principalId eq '{bob}'"))).await.refused(403, "Authorization_RequestDenied");
    }
}

on_every_engine! {
    /// `pim-groups.md` section 1: what is the caller's own, without a filter and with one.
    filter_by_current_user_shows_the_callers_own, |world| {
        with_schedules(&world).await;
        let own = async |who: &'static str, list: &str, on: &str, rest: &str| {
            let path = pim(&format!("{list}/filterByCurrentUser(on='{on}'){rest}"));
            world.as_person(who).get(&path).await.expect(200)
        };
        assert_eq!(own("ada", "eligibilitySchedules", "principal", "").await.rows().len(), 2);
        assert_eq!(own("ada", "eligibilityScheduleInstances", "principal", "").await.rows().len(), 1);
        assert_eq!(own("bob", "eligibilitySchedules", "principal", "").await.rows().len(), 1);
        assert_eq!(own("bob", "assignmentSchedules", "principal", "").await.rows().len(), 0);
        assert_eq!(own("carol", "eligibilitySchedules", "principal", "").await.rows().len(), 0);
        let readers = format!("?$filter=groupId eq '{}'", world.group("readers"));
        assert_eq!(own("ada", "eligibilitySchedules", "principal", &readers).await.rows().len(), 1);
        assert_eq!(own("ada", "eligibilityScheduleRequests", "createdBy", "").await.rows().len(), 0);
        assert_eq!(own("admin", "eligibilityScheduleRequests", "createdBy", "").await.rows().len(), 3);
        assert_eq!(own("ada", "assignmentScheduleRequests", "createdBy", "").await.rows().len(), 1);
        assert_eq!(own("admin", "assignmentScheduleRequests", "approver", "").await.rows().len(), 0);
        let told = own("ada", "assignmentScheduleRequests", "principal", "").await;
        assert_eq!(told.each("@odata.type"), ["#microsoft.graph.privilegedAccessGroupAssignmentScheduleRequest"]);
        let context = told.json()["@odata.context"].as_str().unwrap().to_owned();
        assert_eq!(context, format!("{URL}/v1.0/$metadata#Collection(privilegedAccessGroupAssignmentScheduleRequest)"));
        // Others' rows are not reached by a filter either.
        let bobs = format!("?$filter=principalId eq '{}'", world.person("bob"));
        assert_eq!(own("ada", "eligibilitySchedules", "principal", &bobs).await.rows().len(), 0);
    }
}

/// The names of an object's members.
fn names(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

on_every_engine! {
    /// `directory.md` 2.1: `$select` and `$expand` show what was asked for, and `id`.
    selections_and_expansions_show_what_was_asked_for, |world| {
        with_schedules(&world).await;
        let (ada, group) = (world.person("ada"), world.group("prod-admins"));
        let me = world.ada().get("/v1.0/me").await.expect(200).json();
        let usual = [
            "@odata.context", "id", "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone",
            "officeLocation", "preferredLanguage", "surname", "userPrincipalName",
        ];
        let mut told = names(&me);
        told.sort_unstable();
        let mut wanted = usual.to_vec();
        wanted.sort_unstable();
        assert_eq!(told, wanted);
        assert_eq!(me["id"], ada.as_str());
        let same = world.ada().get(&format!("/v1.0/users/{ada}")).await.expect(200).json();
        assert_eq!(same, me);

        let some = world.ada().get("/v1.0/me?$select=displayName,accountEnabled").await.expect(200).json();
        assert_eq!(some["accountEnabled"], true);
        assert_eq!(names(&some).len(), 4, "the context, id and the two: {some}");
        assert_eq!(some["@odata.context"], format!("{URL}/v1.0/$metadata#users(displayName,accountEnabled)/$entity"));

        let schedules = pim(&format!("eligibilitySchedules?$filter=groupId eq '{group}' and principalId eq '{ada}'"));
        let row = world.admin().get(&format!("{schedules}&$select=accessId&$expand=principal($select=displayName),group")).await.expect(200).rows().remove(0);
        assert_eq!(names(&row), ["id", "accessId", "group", "principal"]);
        assert_eq!(row["principal"], json!({"@odata.type": "#microsoft.graph.user", "id": ada, "displayName": "Ada"}));
        assert_eq!(row["group"]["displayName"], "prod-admins");
        let row = world.admin().get(&format!("{schedules}&$expand=*")).await.expect(200).rows().remove(0);
        assert!(row["principal"].is_object() && row["group"].is_object(), "{row}");

        let active = pim("assignmentSchedules/filterByCurrentUser(on='principal')?$expand=activatedUsing($select=id)");
        let row = world.ada().get(&active).await.expect(200).rows().remove(0);
        let eligibility = row["activatedUsing"]["id"].as_str().unwrap().to_owned();
        assert!(eligibility.starts_with(&format!("{group}_member_")), "{eligibility}");
        let whole = world.ada().get(&pim(&format!("assignmentSchedules/{}/activatedUsing", row["id"].as_str().unwrap()))).await.expect(200).json();
        assert_eq!(whole["id"], eligibility.as_str());
        let requests = pim("assignmentScheduleRequests/filterByCurrentUser(on='principal')?$expand=targetSchedule,activatedUsing,principal,group&$select=status");
        let row = world.ada().get(&requests).await.expect(200).rows().remove(0);
        assert_eq!(row["targetSchedule"]["createdUsing"], row["id"]);

        // What is in a group is told with its type, and can be asked for by it.
        let members = format!("/v1.0/groups/{group}/members");
        let row = world.ada().get(&format!("{members}?$select=displayName")).await.expect(200).rows().remove(0);
        assert_eq!(row, json!({"@odata.type": "#microsoft.graph.user", "id": ada, "displayName": "Ada"}));
        for (cast, count) in [("microsoft.graph.user", 1), ("graph.group", 0), ("microsoft.graph.servicePrincipal", 0)] {
            assert_eq!(world.ada().get(&format!("{members}/{cast}")).await.expect(200).rows().len(), count, "{cast}");
        }
    }
}

on_every_engine! {
    /// `directory.md` 2.1: orders, up and down, over the whole list and not only a page.
    orders_hold_over_the_whole_list, |world| {
        for (name, title) in [("x1", "mia"), ("x2", "Mia"), ("x3", "lea"), ("x4", "Zed")] {
            hire(&world, name, title, None).await;
        }
        let users = async |rest: &str| world.admin().get(&format!("/v1.0/users?{rest}")).await.expect(200).each("displayName");
        assert_eq!(users("$orderby=displayName").await, ["Ada", "Admin", "Bob", "Carol", "lea", "mia", "Mia", "Zed"]);
        assert_eq!(users("$orderby=displayName desc&$top=3").await, ["Zed", "mia", "Mia"], "those alike keep the order in which they were made");
        assert_eq!(users("$orderby=displayName ASC, userPrincipalName desc&$top=7").await[5..], ["Mia", "mia"]);
        let both = "/v1.0/users?$filter=startswith(displayName,'m')&$orderby=displayName,createdDateTime desc&$count=true";
        let told = world.admin().send("GET", both, &EVENTUAL, None).await.expect(200);
        assert_eq!((told.each("displayName"), told.json()["@odata.count"].clone()), (vec!["mia".to_owned(), "Mia".to_owned()], json!(2)));

        with_schedules(&world).await;
        let of_group = format!("$filter=groupId eq '{}'", world.group("prod-admins"));
        let schedules = async |order: &str| {
            let path = pim(&format!("eligibilitySchedules?{of_group}&$expand=principal&$orderby={order}"));
            let rows = world.admin().get(&path).await.expect(200).rows();
            rows.iter().map(|row| row["principal"]["displayName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(schedules("createdDateTime desc").await, ["Bob", "Ada"]);
        assert_eq!(schedules("principal/displayName").await, ["Ada", "Bob"]);
        assert_eq!(schedules("scheduleInfo/expiration/endDateTime desc").await, ["Bob", "Ada"]);
    }
}

/// Walks a list to its end; between its pages `meanwhile` happens. Answers the pages.
async fn walk(
    world: &World,
    path: &str,
    headers: &[(&str, &str)],
    meanwhile: impl AsyncFn(usize),
) -> Vec<Answer> {
    let mut pages: Vec<Answer> = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(link) = next {
        let page = world
            .admin()
            .send("GET", &link, headers, None)
            .await
            .expect(200);
        next = page.json()["@odata.nextLink"].as_str().map(str::to_owned);
        if let Some(link) = &next {
            assert!(link.starts_with(URL), "{link}");
        }
        pages.push(page);
        meanwhile(pages.len()).await;
        assert!(pages.len() < 100, "it comes to an end");
    }
    pages
}

on_every_engine! {
    /// `directory.md` 2.1: the pages of a list hold each row exactly once, also while rows are added; a link
    /// repeats all that was asked, and is good for its caller and its query only (T-45).
    t45_pages_hold_each_row_once_while_rows_are_added, |world| {
        for name in ["x1", "x2", "x3", "x4", "x5"] {
            hire(&world, name, name, None).await;
        }
        let there = world.admin().get("/v1.0/users").await.expect(200).each("id");
        assert_eq!(there.len(), 9);
        let add = async |page: usize| {
            if page < 4 {
                hire(&world, &format!("y{page}"), "A new one", None).await;
            }
        };
        let pages = walk(&world, "/v1.0/users?$top=2&$select=displayName&$count=true", &EVENTUAL, add).await;
        let seen: Vec<String> = pages.iter().flat_map(|page| page.each("id")).collect();
        assert_eq!(seen[..9], there, "each that was there, once, and in its order");
        assert_eq!(seen.len(), 12, "and each that was added");
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), seen.len());
        assert_eq!(pages[0].json()["@odata.count"], 9);
        assert!(pages[1].json().get("@odata.count").is_none(), "only a first page counts");
        for page in &pages {
            let context = page.json()["@odata.context"].as_str().unwrap().to_owned();
            assert_eq!(context, format!("{URL}/v1.0/$metadata#users(displayName)"));
        }

        let link = pages[0].json()["@odata.nextLink"].as_str().unwrap().to_owned();
        let foreign = "The $skiptoken was not given for this query";
        let wrongs = [
            (world.admin(), link.replace("$top=2", "$top=3")),
            (world.admin(), link.replace("/users", "/groups")),
            (world.admin(), link.replace("/v1.0/", "/beta/")),
            (world.admin(), link.replace("displayName", "id")),
            (world.admin(), format!("{}{}", &link[..link.len() - 1], if link.ends_with('A') { 'B' } else { 'A' })),
            (world.ada(), link.clone()),
        ];
        for (session, link) in wrongs {
            let told = session.send("GET", &link, &EVENTUAL, None).await.refused(400, "BadRequest");
            assert!(told.message().starts_with(foreign), "{link}: {}", told.message());
        }
        // Other spellings of the same query are the same query.
        let spelled = link.replace("$top", "%24TOP").replace("/v1.0/users", "/v1.0//Users");
        world.admin().send("GET", &spelled, &EVENTUAL, None).await.expect(200);
        world.forward(Length::minutes(59));
        world.admin().send("GET", &link, &EVENTUAL, None).await.expect(200);
        world.forward(Length::minutes(1));
        let told = world.admin().send("GET", &link, &EVENTUAL, None).await.refused(400, "Request_BadRequest");
        assert!(told.message().contains("an hour") && told.message().contains("anew"), "{}", told.message());
    }
}

on_every_engine! {
    /// The same over a group's schedules, its members and its requests.
    pages_of_a_groups_lists_hold_each_row_once, |world| {
        let group = world.group("prod-admins");
        for name in ["ada", "bob", "carol"] {
            let body = world.assignment(name, "prod-admins", "P1D");
            world.admin().post(&pim("assignmentScheduleRequests"), &body).await.expect(201);
        }
        let own = format!("filter=groupId eq '{group}'");
        for (path, wanted) in [
            (format!("/v1.0/groups/{group}/members?$top=1"), 3),
            (format!("/v1.0/groups/{group}/transitiveMembers?$top=2"), 3),
            (pim(&format!("assignmentSchedules?${own}&$top=2")), 3),
            (pim(&format!("assignmentScheduleInstances?${own}&$top=2&$orderby=startDateTime")), 3),
            (pim(&format!("assignmentScheduleRequests?${own}&$top=2&$orderby=createdDateTime desc")), 3),
            (pim(&format!("assignmentScheduleRequests?${own}&$top=1&$skip=1")), 2),
            ("/v1.0/groups?$top=3".to_owned(), 4),
            (format!("/beta/identityGovernance/privilegedAccess/group/assignmentSchedules?{own}&top=2"), 3),
        ] {
            let pages = walk(&world, &path, &[], async |_| {}).await;
            assert!(pages.len() > 1, "{path}");
            let mut seen: Vec<String> = pages.iter().flat_map(|page| page.each("id")).collect();
            assert_eq!(seen.len(), wanted, "{path}");
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), wanted, "{path}");
        }
        // A full page that is also the last has no link.
        let last = world.admin().get(&format!("/v1.0/groups/{group}/members?$top=3")).await.expect(200).json();
        assert!(last.get("@odata.nextLink").is_none(), "{last}");
    }
}

on_every_engine! {
    /// `directory.md` 2.1 and 2.3: counts of the directory need the header; without it a list says nothing of
    /// a count, and `/$count` is refused. Other lists count as they are asked.
    counts_of_the_directory_need_the_consistency_level, |world| {
        with_schedules(&world).await;
        let group = world.group("prod-admins");
        let plain = world.admin().get("/v1.0/users?$count=true").await.expect(200).json();
        assert!(plain.get("@odata.count").is_none(), "passed over in silence");
        let counted = world.admin().send("GET", "/v1.0/users?$count=true&$top=1", &EVENTUAL, None).await.expect(200).json();
        assert_eq!(counted["@odata.count"], 4);
        for (path, count) in [
            ("/v1.0/users/$count".to_owned(), "4"),
            ("/v1.0/users/%24count?%24filter=startswith(displayName,'A')".to_owned(), "2"),
            ("/v1.0/groups/$count".to_owned(), "4"),
            (format!("/v1.0/groups/{group}/members/$count"), "1"),
            (format!("/v1.0/groups/{group}/owners/$count"), "0"),
            (format!("/v1.0/groups/{group}/transitiveMembers/$count"), "1"),
        ] {
            let told = world.admin().send("GET", &path, &[("consistencylevel", "Eventual")], None).await.expect(200);
            assert_eq!((told.text.as_str(), told.headers["content-type"].to_str().unwrap()), (count, "text/plain; charset=utf-8"), "{path}");
            let told = world.admin().get(&path).await.refused(400, "Request_BadRequest");
            assert!(told.message().starts_with("$count is not currently supported."), "{}", told.message());
            world.admin().send("GET", &path, &[("consistencylevel", "session")], None).await.refused(400, "Request_BadRequest");
        }
    }
}

on_every_engine! {
    /// `pim-groups.md` section 1: what a row points to can be read on its own.
    what_a_row_points_to_can_be_read_on_its_own, |world| {
        with_schedules(&world).await;
        let (ada, group) = (world.person("ada"), world.group("prod-admins"));
        for list in ["eligibilitySchedules", "eligibilityScheduleInstances", "assignmentSchedules", "assignmentScheduleInstances", "assignmentScheduleRequests"] {
            let rows = world.ada().get(&pim(&format!("{list}/filterByCurrentUser(on='principal')"))).await.expect(200).rows();
            let id = rows[0]["id"].as_str().unwrap();
            let one = world.ada().get(&pim(&format!("{list}/{id}"))).await.expect(200).json();
            assert_eq!(one["@odata.context"], format!("{URL}/v1.0/$metadata#identityGovernance/privilegedAccess/group/{list}/$entity"));
            for (name, value) in rows[0].as_object().unwrap().iter().filter(|(name, _)| !name.starts_with('@')) {
                assert_eq!(&one[name], value, "{list} {name}");
            }
            let named = world.ada().get(&pim(&format!("{list}/{id}/group?$select=displayName"))).await.expect(200).json();
            assert_eq!(named["id"], group.as_str(), "{list}");
            let named = world.ada().get(&pim(&format!("{list}/{id}/principal"))).await.expect(200).json();
            assert_eq!((&named["id"], &named["@odata.type"]), (&json!(ada), &json!("#microsoft.graph.user")), "{list}");
        }
    }
}

on_every_engine! {
    /// `pim-groups.md` 1.4: who was made a member outside of PIM shows as assigned, without times.
    r_a8_who_came_in_outside_of_pim_shows_as_assigned, |world| {
        let group = world.group("prod-admins");
        let reference = json!({"@odata.id": format!("{URL}/v1.0/directoryObjects/{}", world.person("carol"))});
        world.admin().post(&format!("/v1.0/groups/{group}/members/$ref"), &reference).await.expect(204);
        let list = |name: &str| pim(&format!("{name}?$filter=groupId eq '{group}'"));
        let row = world.admin().get(&list("assignmentSchedules")).await.expect(200).rows().remove(0);
        assert_eq!((&row["assignmentType"], &row["createdUsing"]), (&json!("assigned"), &json!(null)));
        assert_eq!(row["scheduleInfo"]["expiration"]["type"], "noExpiration");
        let row = world.admin().get(&list("assignmentScheduleInstances")).await.expect(200).rows().remove(0);
        assert_eq!((&row["startDateTime"], &row["endDateTime"], &row["memberType"]), (&json!(null), &json!(null), &json!("direct")));
        assert!(world.admin().get(&list("eligibilitySchedules")).await.expect(200).rows().is_empty());
        let reference = format!("/v1.0/groups/{group}/members/{}/$ref", world.person("carol"));
        world.admin().delete(&reference).await.expect(204);
        assert!(world.admin().get(&list("assignmentSchedules")).await.expect(200).rows().is_empty());
    }
}
