//! Every bad start says what was wrong and what would be right, and changes nothing.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::support::{Said, Scratch, Server, run};

#[test]
fn a_directory_that_holds_no_tenant_or_something_else_is_not_served() {
    let scratch = Scratch::empty();
    scratch
        .run(&["serve", "--listen", "127.0.0.1:0"])
        .failed(1, "`ephor init`");
    assert!(!scratch.data().exists(), "it made a directory");

    std::fs::create_dir(scratch.data()).unwrap();
    std::fs::write(
        scratch.data().join("ephor.db"),
        "this is a letter, and no database",
    )
    .unwrap();
    scratch
        .run(&["serve", "--listen", "127.0.0.1:0"])
        .failed(1, "is not an Ephor data directory");
    let kept = std::fs::read_to_string(scratch.data().join("ephor.db")).unwrap();
    assert_eq!(kept, "this is a letter, and no database");

    let file = scratch.path().join("file");
    std::fs::write(&file, "").unwrap();
    run(&["serve", "--data", file.to_str().unwrap()]).failed(1, file.to_str().unwrap());
}

#[test]
fn f_06_a_second_server_on_the_same_directory_is_refused_with_the_first_ones_pid() {
    let scratch = Scratch::with_tenant();
    let first = scratch.serve();
    scratch
        .run(&["serve", "--listen", "127.0.0.1:0"])
        .failed(1, &format!("process {}", first.pid()));
    scratch.run(&["check"]).done();
    first.kill();
    drop(scratch.serve());
}

#[test]
fn an_address_that_can_t_be_taken_is_named() {
    let scratch = Scratch::with_tenant();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    scratch
        .run(&["serve", "--listen", &address])
        .failed(1, &format!("{address} is in use by another program"));
    scratch
        .run(&[
            "serve",
            "--listen",
            "192.0.2.1:8080",
            "--public-url",
            "https://a.example",
        ])
        .failed(1, "this machine has no address 192.0.2.1");
    scratch
        .run(&["serve", "--listen", "nowhere"])
        .failed(2, "`nowhere` (from --listen) is not an address");
}

#[test]
fn plain_http_is_served_on_loopback_only_unless_a_proxy_terminates_tls() {
    let scratch = Scratch::with_tenant();
    scratch
        .run(&["serve", "--listen", "0.0.0.0:0"])
        .failed(2, "plain HTTP is served on loopback only");
    scratch
        .run(&[
            "serve",
            "--listen",
            "0.0.0.0:0",
            "--public-url",
            "http://ephor.contoso.example",
        ])
        .failed(2, "--public-url https://");
    let server = Server::start(&[
        "serve",
        "--data",
        scratch.data().to_str().unwrap(),
        "--listen",
        "0.0.0.0:0",
        "--public-url",
        "https://ephor.contoso.example",
    ]);
    assert_eq!(server.url(), "https://ephor.contoso.example");
}

#[test]
fn a_database_that_is_down_is_said_to_be() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("postgres://ephor:s3cret@{nobody}/ephor");
    let said = run(&["serve", "--database", &url]).failed(1, "the database can't be reached");
    assert!(!said.err.contains("s3cret"), "{}", said.err);
}

#[test]
fn a_newer_schema_is_refused() {
    let scratch = Scratch::with_tenant();
    let database = rusqlite::Connection::open(scratch.data().join("ephor.db")).unwrap();
    database
        .execute_batch(
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
             VALUES (999, 'of_tomorrow', '2999-01-01T00:00:00Z', '0')",
        )
        .unwrap();
    drop(database);
    scratch
        .run(&["serve", "--listen", "127.0.0.1:0"])
        .failed(1, "schema version 999");
}

#[test]
fn a_directory_that_can_t_be_written_is_named() {
    // Root may write anywhere, except to where there is nothing to write to.
    let said = run(&["serve", "--data", "/proc/ephor"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("/proc/ephor"), "{}", said.err);
}

#[test]
fn f_20_a_disk_that_takes_no_more_is_said_to_be_and_nothing_is_half_made() {
    let scratch = Scratch::empty();
    // A limit on the size of files stands for a full disk: it needs no privilege.
    let limited = |command: &str| {
        let out = std::process::Command::new("sh")
            .args([
                "-c",
                &format!(
                    "ulimit -f 16; trap '' XFSZ; echo a password for tests | \"$0\" {command}"
                ),
            ])
            .arg(env!("CARGO_BIN_EXE_ephor"))
            .current_dir(scratch.path())
            .output()
            .unwrap();
        Said::of(&out)
    };
    let data = scratch.data();
    let init = format!(
        "init --data {} --domain contoso.example --admin ann@contoso.example --password-stdin",
        data.display()
    );
    limited(&init).failed(1, "its disk works and has room");
    // With room again it is as if nothing had been tried.
    scratch.init().done();
    let server = scratch.serve();
    drop(server);
}

#[test]
fn unknown_settings_are_refused_by_name_and_line() {
    let scratch = Scratch::with_tenant();
    let file = scratch.path().join("ephor.toml");
    std::fs::write(
        &file,
        "[server]\nlisten = \"127.0.0.1:0\"\ncolour = \"red\"\n",
    )
    .unwrap();
    let config = file.to_str().unwrap();
    run(&["serve", "--config", config]).failed(2, "line 3: there is no setting `server.colour`");
    run(&["serve", "--config", "/nowhere/ephor.toml"]).failed(1, "can't read the settings");
    run(&["serve", "--colour"]).failed(2, "unexpected argument");
    run(&["paint"]).failed(2, "unrecognized subcommand");
}

#[test]
fn sigterm_ends_a_server_in_time_and_sighup_does_not() {
    let scratch = Scratch::with_tenant();
    let server = scratch.serve();
    server.signal(Signal::HUP);
    assert_eq!(server.send("GET", "/healthz", None, None).0, 200);
    server.signal(Signal::TERM);
    #[expect(
        clippy::disallowed_methods,
        reason = "a bound on real time is what is tested"
    )]
    let asked = Instant::now();
    assert_eq!(server.ended(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(10));
    scratch.run(&["check", "--full"]).done();
}
