//! Writes what `-o wide` shows after the first screen: every resource, verb, member and limit, and each reason.

use std::io::{self, Write};

use super::{Screen, over};
use crate::perf::members::MemberView;
use crate::report::Headers;
use crate::report::quantity::{bounded, bytes, of_unit, percent, seconds, significant};
use crate::report::table::Table;

impl Screen<'_> {
    /// Everything that the first screen leaves out.
    pub(super) fn write_more(&self, out: &mut impl Write) -> io::Result<()> {
        self.write_writers(out)?;
        self.write_largest(out)?;
        writeln!(out, "\n{}", self.bold("All requests to etcd"))?;
        let count = |it: Option<f64>| it.map_or_else(|| "-".to_owned(), significant);
        let table =
            Table::new(["kind", "requests", "per s", "failed", "mean", "p50", "p90", "p99"]);
        let requests = self.report.figures.requests.iter().fold(table, |table, it| {
            table.row([
                &it.name,
                &significant(it.count),
                &count(it.per_second),
                &count(it.failed),
                &it.mean.map_or_else(|| "-".to_owned(), seconds),
                &self.bounded(it.p50.as_ref()),
                &self.bounded(it.p90.as_ref()),
                &self.bounded(it.p99.as_ref()),
            ])
        });
        requests.write(Headers::Shown, self.style, out)?;
        writeln!(out, "\n{}", self.bold("Requests to the API server"))?;
        let share = |it: Option<f64>| it.map_or_else(|| "-".to_owned(), percent);
        let table = Table::new(["verb", "requests", "per s", "failed", "rejected", "p99"]);
        let calls = self.report.figures.api_requests.iter().fold(table, |table, it| {
            table.row([
                &it.verb,
                &significant(it.count),
                &count(it.per_second),
                &share(it.failed_share),
                &share(it.rejected_share),
                &self.bounded(it.p99.as_ref()),
            ])
        });
        calls.write(Headers::Shown, self.style, out)?;
        writeln!(out, "\n{}", self.bold("Size of the database"))?;
        let quota = self.report.figures.database.quota.as_ref();
        let quota = quota.map(|it| (bytes(it.bytes), it.source.clone()));
        let (quota, source) = quota.unwrap_or_else(|| ("-".to_owned(), "-".to_owned()));
        let table = Table::new(["endpoint", "size", "quota", "quota from"]);
        let sizes = self.report.figures.database.sizes.iter();
        let sizes =
            sizes.fold(table, |table, (name, it)| table.row([name, &bytes(*it), &quota, &source]));
        sizes.write(Headers::Shown, self.style, out)?;
        if let Some(members) = &self.report.figures.members {
            self.write_each_member(members, out)?;
        }
        self.write_reasons(out)
    }

    /// Writes the resources that write most, their names in full.
    fn write_writers(&self, out: &mut impl Write) -> io::Result<()> {
        let writers = &self.report.figures.load.writers;
        if writers.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.bold("Writes by resource"))?;
        let table = Table::new(["resource", "writes", "per s", "share"]);
        let table = writers.iter().fold(table, |table, it| {
            let rate = it.per_second.map_or_else(|| "-".to_owned(), significant);
            table.row([&it.resource, &significant(it.count), &rate, &percent(it.share)])
        });
        table.write(Headers::Shown, self.style, out)
    }

    /// Writes the resources that take most room: objects and, where the release estimates it, their size.
    fn write_largest(&self, out: &mut impl Write) -> io::Result<()> {
        let largest = &self.report.figures.load.largest;
        if largest.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", self.bold("Largest resources"))?;
        let table = Table::new(["resource", "objects", "size"]);
        let table = largest.iter().fold(table, |table, it| {
            let objects = it.objects.map_or_else(|| "-".to_owned(), significant);
            let size = it.bytes.map(bytes).unwrap_or_default();
            table.row([&it.resource, &objects, &size])
        });
        table.write(Headers::Shown, self.style, out)
    }

    fn write_each_member(&self, view: &MemberView, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "\n{}", self.bold("Members"))?;
        let names = [
            "member",
            "over",
            "WAL fsync p99",
            "commit p99",
            "peer p99",
            "leader changes",
            "failed proposals",
        ];
        let rows =
            view.ranges.iter().flat_map(|range| range.members.iter().map(move |it| (range, it)));
        let count = |it: Option<f64>| it.map_or_else(|| "-".to_owned(), significant);
        let table = rows.fold(Table::new(names), |table, (range, it)| {
            table.row([
                &it.member,
                &over(range),
                &self.bounded(it.fsync.as_ref()),
                &self.bounded(it.commit.as_ref()),
                &self.bounded(it.peer_round_trip.as_ref()),
                &count(it.leader_changes),
                &count(it.failed_proposals),
            ])
        });
        table.write(Headers::Shown, self.style, out)?;
        writeln!(out, "\n{}", self.bold("Databases"))?;
        let size = |it: Option<f64>| it.map_or_else(|| "-".to_owned(), bytes);
        let table = Table::new(["member", "size", "in use", "quota", "empty"]);
        let table = view.databases.iter().fold(table, |table, it| {
            let empty = it.fragmentation().map_or_else(|| "-".to_owned(), percent);
            table.row([&it.member, &size(it.bytes), &size(it.in_use), &size(it.quota), &empty])
        });
        table.write(Headers::Shown, self.style, out)
    }

    fn write_reasons(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "\n{}", self.bold("Limits"))?;
        let table = Table::new([
            "judgment",
            "level",
            "observed",
            "close above",
            "beyond above",
            "source",
            "page",
        ]);
        let table = self.report.judgments.iter().fold(table, |table, it| {
            table.row([
                &it.id,
                it.level.word(),
                &bounded(it.observed.as_ref(), it.unit, self.bars),
                &of_unit(it.close, it.unit),
                &of_unit(it.beyond, it.unit),
                &it.source,
                &it.url,
            ])
        });
        table.write(Headers::Shown, self.style, out)?;
        let gaps =
            self.report.figures.api_servers.failed.iter().chain(&self.report.figures.unknown);
        let table = gaps
            .fold(Table::new(["unknown", "why"]), |table, it| table.row([&it.what, &it.reason]));
        writeln!(out)?;
        table.write(Headers::Shown, self.style, out)
    }
}
