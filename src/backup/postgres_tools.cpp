#include "backup/postgres_tools.h"

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "storage/postgres_service.h"

namespace backup {
namespace {

constexpr std::string_view kService = "runbridge";
constexpr std::chrono::hours kPatience{24};

using Environment = std::vector<std::pair<std::string, std::string>>;

base::Status run(std::vector<std::string> arguments, Environment environment) {
  const std::string name = arguments.front();
  environment.emplace_back("PATH", "/usr/local/bin:/usr/bin:/bin");
  if (const char* home = std::getenv("HOME")) environment.emplace_back("HOME", home);  // ~/.postgresql: certificates
  const auto result = base::run_process(
      {.arguments = std::move(arguments), .environment = std::move(environment), .timeout = kPatience});
  if (!result && !base::find_program(name)) {
    return base::invalid(name + " is not installed: apt-get install postgresql-client");
  }
  if (!result) return result.error();
  if (result->succeeded()) return {};
  return base::invalid(name + ": " + base::shorten(base::printable(base::trim(result->errors)), 1000));
}

// A directory that goes with the object, with the address and its password in a file of ours alone.
class ServiceFile {
 public:
  static base::Result<ServiceFile> make(const base::Secret& url) {
    ASSIGN_OR_RETURN(const auto text, storage::postgres_service(url, kService));
    const bool has_memory = std::filesystem::is_directory("/dev/shm");
    ASSIGN_OR_RETURN(auto directory,
                     base::TemporaryDirectory::create(has_memory ? "/dev/shm" : std::filesystem::temp_directory_path(),
                                                      "runbridge-"));
    RETURN_IF_ERROR(base::write_file(directory.path() / "service", text.reveal(), 0600));
    return ServiceFile(std::move(directory));
  }
  Environment environment() const { return {{"PGSERVICEFILE", (directory_.path() / "service").string()}}; }

 private:
  explicit ServiceFile(base::TemporaryDirectory directory) : directory_(std::move(directory)) {}
  base::TemporaryDirectory directory_;
};

std::string service() { return "--dbname=service=" + std::string(kService); }

}  // namespace

base::Status dump(const base::Secret& url, const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const auto place, ServiceFile::make(url));
  return run({"pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-password", "--file=" + file.string(),
              service()},
             place.environment());
}

base::Status check_dump(const std::filesystem::path& file) {
  return run({"pg_restore", "--list", "--file=/dev/null", file.string()}, {});
}

base::Status load(const base::Secret& url, const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(const auto place, ServiceFile::make(url));
  return run({"pg_restore", "--no-owner", "--no-privileges", "--no-password", "--single-transaction", "--exit-on-error",
              service(), file.string()},
             place.environment());
}

}  // namespace backup
