#include "runs/sweep.h"

#include <set>
#include <vector>

#include "runs/store.h"

namespace runs {
namespace {

using std::filesystem::path;

constexpr std::size_t kAtOnce = 500;
constexpr std::chrono::hours kYoung{24};

bool is_young(const path& file) {
  std::error_code problem;
  const auto written = std::filesystem::last_write_time(file, problem);
  return problem || std::filesystem::file_time_type::clock::now() - written < kYoung;
}

std::vector<path> files_of(const path& directory) {
  std::vector<path> files;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(directory, problem)) files.push_back(entry.path());
  return files;
}

int remove_all(const std::vector<path>& files) {
  int count = 0;
  for (const auto& file : files) {
    std::error_code problem;
    std::filesystem::remove_all(file, problem);
    if (!problem) ++count;
  }
  return count;
}

// Those of `files` whose names `known` does not return, asked in pieces.
template <class Known>
base::Result<std::vector<path>> unknown(storage::Database& database, const std::vector<path>& files, Known known) {
  std::vector<path> out;
  for (std::size_t from = 0; from < files.size(); from += kAtOnce) {
    const std::vector<path> piece(files.begin() + static_cast<std::ptrdiff_t>(from),
                                  files.begin() + static_cast<std::ptrdiff_t>(std::min(from + kAtOnce, files.size())));
    std::vector<std::string> names;
    for (const auto& file : piece) names.push_back(file.filename().string());
    ASSIGN_OR_RETURN(const std::set<std::string> found,
                     database.read([&](storage::Connection& connection) { return known(connection, names); }));
    for (const auto& file : piece) {
      if (!found.contains(file.filename().string())) out.push_back(file);
    }
  }
  return out;
}

using Names = base::Result<std::set<std::string>>;

Names runs_at_work(storage::Connection& connection, const std::vector<std::string>& names) {
  ASSIGN_OR_RETURN(const auto runs, store::find_runs(connection, names));
  std::set<std::string> found;
  for (const Run& run : runs) {
    if (!is_final(run.status)) found.insert(run.id.str());
  }
  return found;
}

Names archives_in_use(storage::Connection& connection, const std::vector<std::string>& names) {
  ASSIGN_OR_RETURN(const auto used, store::archives_in_use(connection, names));
  return std::set<std::string>(used.begin(), used.end());
}

Names logs_of_phases(storage::Connection& connection, const std::vector<std::string>& names) {
  std::vector<std::string> ids;
  for (const auto& name : names) ids.push_back(path(name).stem().string());
  ASSIGN_OR_RETURN(const auto phases, store::find_phases(connection, ids));
  std::set<std::string> found;
  for (const Phase& phase : phases) found.insert(phase.id + ".log");
  return found;
}

}  // namespace

base::Result<int> sweep(storage::Database& database, const path& data_directory) {
  ASSIGN_OR_RETURN(const auto runs, unknown(database, files_of(data_directory / "runs"), runs_at_work));
  int count = remove_all(runs);
  auto archives = files_of(data_directory / "archives");
  std::erase_if(archives, is_young);
  ASSIGN_OR_RETURN(const auto unused, unknown(database, archives, archives_in_use));
  count += remove_all(unused);
  auto logs = files_of(data_directory / "logs");
  std::erase_if(logs, is_young);
  ASSIGN_OR_RETURN(const auto forgotten, unknown(database, logs, logs_of_phases));
  return count + remove_all(forgotten);
}

}  // namespace runs
