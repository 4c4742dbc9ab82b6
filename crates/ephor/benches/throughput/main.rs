//! How fast, each figure beside its ceiling from the same run (`make bench`).
//!
//! A ceiling is a raw loop over the same driver that does the least that could do the same: it commits the
//! same rows, into the same tables with the same indexes, in the same batches. Rounds of both alternate,
//! so that a neighbour on the machine disturbs both alike. After each run the rows are counted: what was
//! not kept does not count as fast.

mod callers;
mod company;
mod over_http;
mod raw;
mod scale;

use std::time::{Duration, Instant};

use company::Company;

/// How many callers at once.
const CALLERS: usize = 64;
/// How long a round takes.
const ROUND: Duration = Duration::from_secs(2);
/// How many rounds of each.
const ROUNDS: usize = 5;

/// The time of measuring.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn now() -> Instant {
    Instant::now()
}

/// What the rounds of one kind came to, in operations a second.
#[derive(Debug, Default)]
struct Figures(Vec<f64>);

impl Figures {
    fn add(&mut self, count: usize, took: Duration) {
        assert!(
            count > 0,
            "nothing was left to measure: more must be seeded"
        );
        self.0.push(count as f64 / took.as_secs_f64());
        self.0.sort_by(f64::total_cmp);
    }

    fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }

    fn show(&self, what: &str) {
        let (least, most) = (self.0[0], self.0[self.0.len() - 1]);
        println!(
            "  {what:<58} {:>9.0} /s   ({least:.0} to {most:.0})",
            self.median()
        );
    }
}

/// Shows a ratio, and whether it reaches what it should.
fn ratio(what: &str, reached: f64, wanted: Option<f64>) {
    let verdict = match wanted {
        Some(wanted) if reached >= wanted => format!("  at least {wanted} is wanted: reached"),
        Some(wanted) => format!("  at least {wanted} is wanted: NOT REACHED"),
        None => String::new(),
    };
    println!("  {what:<58} {reached:>9.2}{verdict}");
}

fn main() {
    // `cargo test --benches` runs this too, and means only to see that it builds.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    println!("measured on {}", machine());
    if let Some(users) = users_of_scale() {
        scale::scale(users);
        return;
    }
    println!(
        "{CALLERS} callers, {ROUNDS} rounds of {} s each, SQLite with full sync",
        ROUND.as_secs()
    );
    println!("median (least to most)");

    let rate = Company::seed(3_000).warm_up();
    // Each activation needs somebody who has not activated yet: enough of them for all rounds.
    let wanted = rate * ROUND.as_secs_f64() * (2 * ROUNDS) as f64 * 1.6;
    let wanted = (wanted as usize).max(20_000);
    println!("making {wanted} eligibilities…");
    let mut company = Company::seed(wanted);
    let template = company.template();
    let mut ceiling = raw::Raw::beside(&company, &template);
    activations(&company, &mut ceiling);
    membership(&company);
    over_http(&mut company, &mut ceiling);
    scale::scale(1_000_000);
}

/// `--scale 100000`: only how much slower a company of so many users is.
fn users_of_scale() -> Option<usize> {
    let mut args = std::env::args().skip_while(|arg| arg != "--scale");
    args.next()?;
    Some(
        args.next()
            .and_then(|count| count.parse().ok())
            .unwrap_or(1_000_000),
    )
}

/// P-3: durable self-activations through the operations, beside the raw loop in batches of the same sizes.
fn activations(company: &Company, ceiling: &mut raw::Raw) {
    let (mut ours, mut raws, mut syncs) = <(Figures, Figures, Figures)>::default();
    let mut sizes = Vec::new();
    for _ in 0..ROUNDS {
        let before = company.activations_kept();
        let round = callers::activate(company, ROUND);
        let kept = company.activations_kept() - before;
        assert_eq!(kept, round.acknowledged, "rows kept and answers given");
        ours.add(round.acknowledged, round.took);
        raw_round(ceiling, &round.batches, &mut raws);
        sync_round(company, &mut syncs);
        sizes.extend(round.batches);
    }
    let mean = sizes.iter().sum::<usize>() as f64 / sizes.len() as f64;
    println!("\ndurable self-activations, through the operations");
    ours.show("Ephor");
    raws.show("raw loop: the same rows, in batches of the same sizes");
    syncs.show("fdatasync alone");
    ratio(
        "ratio to the raw loop (P-3)",
        ours.median() / raws.median(),
        Some(0.5),
    );
    println!(
        "  {:<58} {mean:>9.1}",
        "activations in a commit, on average"
    );
}

/// A round of the raw loop: the same batches, over and over until the time is up.
fn raw_round(ceiling: &mut raw::Raw, batches: &[usize], figures: &mut Figures) {
    let before = ceiling.kept();
    let started = now();
    let mut done = 0;
    for size in batches.iter().cycle() {
        if started.elapsed() >= ROUND {
            break;
        }
        ceiling.commit(*size);
        done += size;
    }
    figures.add(done, started.elapsed());
    assert_eq!(ceiling.kept() - before, done, "rows kept by the raw loop");
}

/// How often the disk flushes a small write.
fn sync_round(company: &Company, figures: &mut Figures) {
    use std::io::Write;
    let mut file = std::fs::File::create(company.scratch().join("sync")).expect("a file is made");
    let started = now();
    let mut count = 0;
    while started.elapsed() < ROUND / 8 {
        file.write_all(&[0; 4_096])
            .and_then(|()| file.sync_data())
            .expect("it is written");
        count += 1;
    }
    figures.add(count, started.elapsed());
}

/// "Is U in G now": one indexed statement.
fn membership(company: &Company) {
    let (mut ours, mut raws) = (Figures::default(), Figures::default());
    let ceiling = raw::Reader::on(company);
    for _ in 0..ROUNDS {
        let (count, took) = callers::ask_membership(company, ROUND);
        ours.add(count, took);
        let started = now();
        let mut count = 0;
        while started.elapsed() < ROUND {
            ceiling.ask(company.pair(count));
            count += 1;
        }
        raws.add(count, started.elapsed());
    }
    println!(
        "\n\"is U in G now\", each question in a transaction of its own, through the store's readers"
    );
    ours.show("Ephor, 64 callers");
    raws.show("raw loop: the same statement, one after another");
    ratio("ratio to the raw loop", ours.median() / raws.median(), None);
}

/// P-2: the same activations over HTTP, beside the raw loop at its best.
fn over_http(company: &mut Company, ceiling: &mut raw::Raw) {
    let server = over_http::Server::start(company);
    let (mut ours, mut raws) = (Figures::default(), Figures::default());
    for _ in 0..ROUNDS {
        let before = company.activations_kept();
        let (count, took) = server.round(company, ROUND);
        assert_eq!(
            company.activations_kept() - before,
            count,
            "rows kept and answers given"
        );
        ours.add(count, took);
        raw_round(ceiling, &[256], &mut raws);
    }
    println!(
        "\ndurable self-activations over HTTP, 64 connections that are kept, the client on the same cores"
    );
    ours.show("Ephor");
    raws.show("raw loop: the same rows, 256 in a batch");
    ratio(
        "ratio to the raw loop (P-2)",
        ours.median() / raws.median(),
        Some(0.12),
    );
}

/// What was measured on.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("an unnamed processor", |line| {
            line.trim_start_matches([' ', '\t', ':'])
        });
    format!("{cores} cores of {model}")
}
