#include "app/doctor.h"

#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "net/http_client.h"
#include "net/outbound_policy.h"
#include "runs/sandbox.h"
#include "storage/open.h"
#include "vault/vault.h"

namespace app {
namespace {

using State = Finding::State;

constexpr std::uintmax_t kLittleDisk = std::uintmax_t{2} << 30U;
constexpr std::uintmax_t kNoDisk = std::uintmax_t{200} << 20U;
constexpr std::int64_t kMostSkew = 30;  // seconds; signatures and one-time codes need less than a minute
constexpr std::chrono::milliseconds kPatience{10'000};

using Findings = std::vector<Finding>;

void check_settings(const config::Config& config, Findings& findings) {
  const std::string file = config.config_file.empty() ? "no file" : config.config_file.string();
  findings.push_back({"settings", State::kGood, "read (" + file + "); public address " + config.public_url});
  for (const std::string& warning : config.warnings) findings.push_back({"settings", State::kWarning, warning});
}

std::string megabytes(std::uintmax_t bytes) { return std::to_string(bytes >> 20U) + " MB"; }

void check_data_directory(const config::Config& config, Findings& findings) {
  const std::string path = config.data_dir.string();
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    findings.push_back({"data directory", State::kSkipped, path + " is not there yet; the first start makes it"});
    return;
  }
  if (!S_ISDIR(status.st_mode) || access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
    findings.push_back({"data directory", State::kBad, path + " cannot be written by this user",
                        "run this as the server's user, or: chown -R that user " + path});
  } else if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    findings.push_back({"data directory", State::kWarning, path + " can be entered by others", "chmod 700 " + path});
  } else {
    findings.push_back({"data directory", State::kGood, path});
  }
  std::error_code error;
  const auto space = std::filesystem::space(config.data_dir, error);
  if (error) return;
  const State state = space.available < kNoDisk       ? State::kBad
                      : space.available < kLittleDisk ? State::kWarning
                                                      : State::kGood;
  findings.push_back({"disk", state, megabytes(space.available) + " are free",
                      state == State::kGood ? "" : "make room, or move mirrors with --mirror-dir"});
}

// False: there is none.
bool check_master_key(const config::Config& config, Findings& findings) {
  const std::string path = config.master_key_file.string();
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    findings.push_back({"master key", State::kSkipped, path + " is not there yet; the first start makes it"});
    return false;
  }
  if (!S_ISREG(status.st_mode) || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    findings.push_back(
        {"master key", State::kBad, path + " must be a file that its owner alone can read", "chmod 600 " + path});
    return true;
  }
  findings.push_back({"master key", State::kGood, path});
  return true;
}

std::optional<std::string> first_text(storage::Database& database, std::string_view sql) {
  const auto row = database.read([&](storage::Connection& connection) { return connection.find(sql); });
  return row && *row ? std::optional((*row)->text(0)) : std::nullopt;
}

// Opened only where there is one: nothing is made.
std::unique_ptr<storage::Database> check_database(const config::Config& config, bool has_key, Findings& findings) {
  std::error_code ignored;
  if (config.database.empty() && !std::filesystem::exists(config.data_dir / "runbridge.db", ignored)) {
    findings.push_back({"database", State::kSkipped, "there is none yet; the first start makes it"});
    return nullptr;
  }
  auto opened = storage::open(config.database, config.data_dir);
  if (!opened && opened.error().code == base::Code::kConflict) {  // SQLite belongs to one process
    findings.push_back({"database", State::kSkipped, "the server is running and has it open",
                        "stop the server to have database and providers looked at"});
    return nullptr;
  }
  if (!opened) {
    findings.push_back({"database", State::kBad, opened.error().message, "see --database"});
    return nullptr;
  }
  auto version = first_text(**opened, "SELECT version()");
  if (!version) version = first_text(**opened, "SELECT 'SQLite ' || sqlite_version()");
  findings.push_back({"database", State::kGood, base::shorten(version.value_or("answers"), 60)});
  if (!first_text(**opened, "SELECT id FROM users LIMIT 1")) return *std::move(opened);
  if (!has_key) {
    findings.push_back({"master key", State::kBad, "the database has users, but the key's file is missing",
                        "put the file back from your backup, or name its place with --master-key-file"});
    return *std::move(opened);
  }
  const auto vault = vault::Vault::open(**opened, config.master_key_file);
  if (!vault) findings.push_back({"master key", State::kBad, vault.error().message});
  return *std::move(opened);
}

void check_program(const std::vector<std::string>& command, std::string_view package, Findings& findings) {
  const std::string& name = command.front();
  const auto result =
      base::run_process({.arguments = command, .environment = {{"PATH", "/usr/bin:/bin"}}, .timeout = kPatience});
  if (!result || !result->succeeded()) {
    findings.push_back({name, State::kBad, "cannot be run", "apt-get install " + std::string(package)});
    return;
  }
  const std::string said = result->output.empty() ? result->errors : result->output;
  findings.push_back({name, State::kGood, base::printable(base::split(said, '\n').front(), 80)});
}

void check_sandbox(const config::Config& config, Findings& findings) {
  if (config.sandbox == "plain") {
    findings.push_back({"sandbox", State::kWarning, "plain: runs see what the server sees", "--sandbox bubblewrap"});
    return;
  }
  check_program({"bwrap", "--version"}, "bubblewrap", findings);
  const auto sandbox = runs::make_bubblewrap_sandbox();
  auto directory = base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "runbridge-doctor");
  if (!sandbox || !directory) {
    findings.push_back({"sandbox", State::kBad, sandbox ? directory.error().message : sandbox.error().message});
    return;
  }
  runs::Command command{.argv = {"true"}, .work_dir = directory->path(), .timeout = kPatience};
  const auto exit = (*sandbox)->run(command, [](std::string_view) {}, {});
  if (exit && exit->ok()) {
    findings.push_back({"sandbox", State::kGood, (*sandbox)->description()});
  } else {
    findings.push_back({"sandbox", State::kBad, exit ? exit->reason : exit.error().message,
                        "allow unprivileged user namespaces on this machine"});
  }
}

struct Place {
  std::string name;
  std::string url;
  net::Endpoint endpoint;
};

std::vector<Place> places_of(const config::Config& config, storage::Database* database) {
  std::vector<Place> places;
  if (!config.openid.issuer.empty()) {
    auto bundle = config.openid.ca_file.empty() ? base::Result<std::string>(std::string())
                                                : base::read_file(config.openid.ca_file, std::size_t{256} << 10U);
    places.push_back({"sign-on " + config.openid.issuer,
                      config.openid.issuer + "/.well-known/openid-configuration",
                      {.ca_bundle = std::move(bundle).value_or("")}});
  }
  if (database == nullptr) return places;
  const auto rows = database->read([](storage::Connection& connection) {
    return connection.query(
        "SELECT name, http_url, ca_bundle, proxy, no_proxy FROM oauth_clients WHERE deleted_at IS NULL ORDER BY name");
  });
  if (!rows) return places;
  for (const auto& row : *rows) {
    places.push_back({"provider " + row.text(0), row.text(1), {row.text(2), row.text(3), row.text(4)}});
  }
  return places;
}

// How many seconds this machine's clock is ahead of the one that wrote the answer.
std::optional<std::int64_t> skew_of(const net::ClientResponse& response) {
  const std::string date(response.headers.get_or("Date"));
  std::tm parts{};
  if (strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return std::nullopt;
  return static_cast<std::int64_t>(std::time(nullptr)) - static_cast<std::int64_t>(timegm(&parts));
}

void check_outside(const config::Config& config, storage::Database* database, Findings& findings) {
  const auto policy = net::OutboundPolicy::parse(config.outbound_allow, config.outbound_http);
  if (!policy) {
    findings.push_back({"outbound rules", State::kBad, policy.error().message});
    return;
  }
  const auto client = net::make_http_client(*policy);
  std::optional<std::int64_t> skew;
  for (const Place& place : places_of(config, database)) {
    const auto response = client->send(place.endpoint, {.url = place.url, .timeout = kPatience});
    if (!response) {
      findings.push_back({place.name, State::kBad, response.error().message});
      continue;
    }
    findings.push_back({place.name, State::kGood, "answers (HTTP " + std::to_string(response->status) + ")"});
    if (!skew) skew = skew_of(*response);
  }
  if (!skew) {
    findings.push_back({"clock", State::kSkipped, "nobody outside to compare it with"});
  } else if (std::abs(*skew) > kMostSkew) {
    findings.push_back({"clock", State::kBad,
                        std::to_string(std::abs(*skew)) + " s " + (*skew > 0 ? "ahead of" : "behind") + " the others",
                        "timedatectl set-ntp true"});
  } else {
    findings.push_back({"clock", State::kGood, "within " + std::to_string(std::abs(*skew)) + " s of the others"});
  }
}

}  // namespace

std::vector<Finding> examine(const config::Config& config) {
  Findings findings;
  check_settings(config, findings);
  check_data_directory(config, findings);
  const bool has_key = check_master_key(config, findings);
  const auto database = check_database(config, has_key, findings);
  check_program({"git", "--version"}, "git", findings);
  check_program({"ssh", "-V"}, "openssh-client", findings);
  check_sandbox(config, findings);
  check_outside(config, database.get(), findings);
  return findings;
}

}  // namespace app
