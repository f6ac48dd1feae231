// Many service connections: how long a page of their list takes, and what 1,000 daily verifications that are due at
// once come to, with a restart in the middle. The outside service is a stand-in that answers after 20 ms. Prints one
// line: connections=N create_rate=R/s list_ms=… due=N verified=N lost=N at_once=N seconds=S growth_kb=N
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "auth/guard.h"
#include "auth/migrations.h"
#include "auth/organization.h"
#include "auth/project.h"
#include "base/file.h"
#include "base/guarded.h"
#include "base/strings.h"
#include "connections/migrations.h"
#include "connections/service.h"
#include "jobs/migrations.h"
#include "storage/migrations.h"
#include "storage/open.h"
#include "vault/migrations.h"
#include "workspaces/migrations.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kConnections = 10'000;
constexpr int kDue = 1'000;
constexpr int kCreators = 16;

template <class T>
T must(base::Result<T> result) {
  if (!result) {
    std::cerr << "connection_verify: " << result.error().message << " " << result.error().detail << "\n";
    std::exit(EXIT_FAILURE);
  }
  return *std::move(result);
}
void must(const base::Status& status) {
  if (status) return;
  std::cerr << "connection_verify: " << status.error().message << " " << status.error().detail << "\n";
  std::exit(EXIT_FAILURE);
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

long resident_kilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::strtol(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

// Answers after 20 ms and counts who is there.
struct Fake {
  std::atomic<int> now = 0, most = 0;
  base::Guarded<std::set<std::string>> seen;

  connections::Report answer(const connections::Attempt& attempt) {
    const int here = ++now;
    for (int before = most; before < here && !most.compare_exchange_weak(before, here);) continue;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    seen.with([&](std::set<std::string>& all) { all.insert(attempt.name); });
    --now;
    connections::Report report;
    report.result = "ok";
    return report;
  }
};

struct World {
  explicit World(const std::filesystem::path& directory) : database(must(storage::open(base::Secret(), directory))) {
    must(storage::migrate(*database, {jobs::migrations(), vault::migrations(), auth::migrations(),
                                      workspaces::migrations(), connections::migrations()}));
    vault = must(vault::Vault::open(*database, directory / "master.key"));
    auth::Organization acme;
    acme.id = organization = auth::OrganizationId::make();
    acme.name = "acme";
    acme.email = "acme@example.com";
    auth::Project home;
    home.id = project = auth::ProjectId::make();
    home.organization = organization;
    home.name = "home";
    must(database->write([&](storage::Transaction& transaction) -> base::Status {
      RETURN_IF_ERROR(auth::insert_organization(transaction, acme));
      return auth::insert_project(transaction, home);
    }));
    service = std::make_unique<connections::Service>(connections::Service::Dependencies{
        *database, base::system_clock(), *vault, catalogue::Catalogue::builtin(),
        [this](const connections::Attempt& attempt) { return fake.answer(attempt); }});
    actor.who.kind = auth::Principal::Kind::kOrganization;
    actor.who.organization = organization;
    actor.who.name = "acme";
  }

  void create(int number) {
    connections::NewConnection wanted;
    wanted.name = "connection " + std::to_string(number);
    wanted.type = "generic";
    wanted.scheme = "username_password";
    wanted.verify = false;
    wanted.given.values = {{"server_url", base::Secret("https://service.example.com/api")},
                           {"username", base::Secret("ada")},
                           {"password", base::Secret("password " + std::to_string(number))}};
    connections::Problems problems;
    must(service->create(actor, organization, project, wanted, problems));
  }

  // Workers until `count` connections were seen; then they are stopped, whatever is under way.
  void verify_until(std::size_t count) {
    jobs::Workers workers(*database, base::system_clock());
    service->register_jobs(workers);
    workers.start();
    const auto end = Clock::now() + std::chrono::minutes(5);
    while (fake.seen.with([](auto& all) { return all.size(); }) < count && Clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    workers.stop();
  }

  std::unique_ptr<storage::Database> database;
  std::unique_ptr<vault::Vault> vault;
  auth::OrganizationId organization;
  auth::ProjectId project;
  auth::Actor actor;
  Fake fake;
  std::unique_ptr<connections::Service> service;
};

}  // namespace

int main() {
  const auto directory = must(base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "bench-"));
  World world(directory.path());

  auto start = Clock::now();
  std::atomic<int> next = 0;
  {
    std::vector<std::jthread> creators;
    for (int i = 0; i < kCreators; ++i) {
      creators.emplace_back([&] {
        for (int number = next++; number < kConnections; number = next++) world.create(number);
      });
    }
  }
  const double created = seconds_since(start);

  std::vector<double> lists;
  for (int page = 1; page <= 20; ++page) {
    start = Clock::now();
    const auto found = must(world.service->list(world.actor.who, world.organization, {}, {page * 20, 20}));
    lists.push_back(seconds_since(start) * 1000);
    if (found.total != kConnections) return EXIT_FAILURE;
  }
  std::sort(lists.begin(), lists.end());

  must(world.database->write([](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(transaction.execute(
        "UPDATE jobs SET run_after = 0 WHERE id IN (SELECT id FROM jobs WHERE kind = 'connection.verify' LIMIT $1)",
        {kDue}));
    return {};
  }));
  const long before = resident_kilobytes();
  start = Clock::now();
  world.verify_until(kDue / 2);
  world.verify_until(kDue);
  const double verified = seconds_since(start);
  const auto seen = world.fake.seen.with([](auto& all) { return all.size(); });
  std::printf(
      "connections=%d create_rate=%.0f/s list_ms=%.1f due=%d verified=%zu lost=%zd at_once=%d seconds=%.1f "
      "growth_kb=%ld\n",
      kConnections, kConnections / created, lists[lists.size() / 2], kDue, seen,
      static_cast<ssize_t>(kDue) - static_cast<ssize_t>(seen), world.fake.most.load(), verified,
      resident_kilobytes() - before);
  return seen == kDue ? EXIT_SUCCESS : EXIT_FAILURE;
}
