#include "cli/credentials.h"

#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

using Environment = std::map<std::string, std::string>;

std::string value_of(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

base::Result<std::filesystem::path> file_path(const Environment& environment) {
  if (const auto config = value_of(environment, "XDG_CONFIG_HOME"); !config.empty()) {
    return std::filesystem::path(config) / "runbridge" / "credentials.json";
  }
  const auto home = value_of(environment, "HOME");
  if (home.empty()) return base::invalid("HOME is not set; set RUNBRIDGE_ADDRESS and RUNBRIDGE_TOKEN instead.");
  return std::filesystem::path(home) / ".config" / "runbridge" / "credentials.json";
}

base::Status read_stored(const std::filesystem::path& path, Credentials& credentials) {
  auto text = base::read_file(path, 65536);
  if (!text) return text.error().code == base::Code::kNotFound ? base::Status() : base::Status(text.error());
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0 && (facts.st_mode & 077U) != 0) {
    return base::invalid(path.string() + " can be read by others. Mend it: chmod 600 " + path.string());
  }
  const auto stored = jsonapi::parse(*text);
  if (!stored)
    return base::invalid(path.string() + " is not readable: " + stored.error().message +
                         " Run `runbridge login` again.");
  credentials.address = jsonapi::get_text(*stored, "address", credentials.address);
  credentials.token = base::Secret(jsonapi::get_text(*stored, "token"));
  credentials.organization = jsonapi::get_text(*stored, "organization");
  return {};
}

}  // namespace

base::Result<Credentials> find_credentials(const Environment& environment) {
  Credentials credentials;
  const auto path = file_path(environment);
  if (path) RETURN_IF_ERROR(read_stored(*path, credentials));
  if (const auto address = value_of(environment, "RUNBRIDGE_ADDRESS"); !address.empty()) {
    if (address != credentials.address) credentials.token = base::Secret();  // it belongs to another server
    credentials.address = address;
  }
  if (const auto token = value_of(environment, "RUNBRIDGE_TOKEN"); !token.empty())
    credentials.token = base::Secret(token);
  if (const auto name = value_of(environment, "RUNBRIDGE_ORGANIZATION"); !name.empty()) credentials.organization = name;
  return credentials;
}

base::Result<std::string> store_credentials(const Environment& environment, const Credentials& credentials) {
  ASSIGN_OR_RETURN(const auto path, file_path(environment));
  std::error_code problem;
  std::filesystem::create_directories(path.parent_path(), problem);
  if (problem) return base::invalid("cannot make " + path.parent_path().string() + ": " + problem.message());
  const jsonapi::Json document{{"address", credentials.address},
                               {"token", credentials.token.reveal()},
                               {"organization", credentials.organization}};
  RETURN_IF_ERROR(base::write_file(path, document.dump(2) + "\n", 0600));
  return path.string();
}

}  // namespace cli
