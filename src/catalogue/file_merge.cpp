#include "catalogue/file_merge.h"

#include <map>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"

namespace catalogue {
namespace {

base::Error both_have(std::string_view what, std::string_view name) {
  return base::conflict("Both have the " + std::string(what) + " \"" + base::printable(name) + "\"");
}

std::string_view between(std::string_view text, std::string_view start, std::string_view end) {
  const std::size_t from = text.find(start);
  if (from == std::string_view::npos) return {};
  text.remove_prefix(from + start.size());
  return text.substr(0, text.find(end));
}

base::Result<std::string> merge_docker(std::string_view first, std::string_view second) {
  ASSIGN_OR_RETURN(auto merged, jsonapi::parse(first));
  ASSIGN_OR_RETURN(const auto more, jsonapi::parse(second));
  for (const auto& [registry, entry] : more.at("auths").items()) {
    if (merged["auths"].contains(registry)) return both_have("registry", registry);
    merged["auths"][registry] = entry;
  }
  return jsonapi::dump(merged) + "\n";
}

// Lines of keys; the registry that is asked by default is the first connection's.
base::Result<std::string> merge_npmrc(std::string_view first, std::string_view second) {
  std::string merged(first);
  for (const std::string& line : base::split(second, '\n')) {
    if (line.empty() || line.starts_with("registry=")) continue;
    const std::string key = line.substr(0, line.find('=') + 1);
    if (("\n" + merged).find("\n" + key) != std::string::npos) return both_have("key", line.substr(0, line.find('=')));
    merged += line + "\n";
  }
  return merged;
}

base::Result<std::string> merge_settings(std::string_view first, std::string_view second) {
  constexpr std::string_view kOpen = "<servers>\n";
  constexpr std::string_view kClose = "  </servers>";
  const std::string_view more = between(second, kOpen, kClose);
  const std::string id = "<id>" + std::string(between(more, "<id>", "</id>")) + "</id>";
  if (first.find(id) != std::string_view::npos) return both_have("server", between(id, "<id>", "</id>"));
  std::string merged(first);
  return merged.insert(merged.find(kClose), more);
}

base::Result<std::string> merge_nuget(std::string_view first, std::string_view second) {
  constexpr std::string_view kSources = "  </packageSources>\n";
  constexpr std::string_view kOpen = "  <packageSourceCredentials>\n";
  constexpr std::string_view kClose = "  </packageSourceCredentials>\n";
  const std::string key = "<packageSources>\n    <add key=\"" +
                          std::string(between(second, "<packageSources>\n    <add key=\"", "\"")) + "\"";
  const std::string_view name = between(key, "key=\"", "\"");
  if (first.find("    <add key=\"" + std::string(name) + "\" value=") != std::string_view::npos) {
    return both_have("source", name);
  }
  std::string merged(first);
  merged.insert(merged.find(kSources), between(second, "<packageSources>\n", kSources));
  const std::string credentials(between(second, kOpen, kClose));
  if (credentials.empty()) return merged;
  if (const std::size_t at = merged.find(kClose); at != std::string::npos) return merged.insert(at, credentials);
  return merged.insert(merged.find("</configuration>"), std::string(kOpen) + credentials + std::string(kClose));
}

base::Result<std::string> merge_pypirc(std::string_view first, std::string_view second) {
  constexpr std::string_view kServers = "index-servers = ";
  const std::string name(between(second, kServers, "\n"));
  const std::string section = "[" + name + "]\n";
  if (first.find("\n" + section) != std::string_view::npos) return both_have("server", name);
  std::string merged(first);
  const std::size_t end = merged.find("\n\n");  // of the list: one server a line, indented
  merged.insert(end, "\n    " + name);
  return merged + "\n" + std::string(second.substr(second.find(section)));
}

using Merge = base::Result<std::string> (*)(std::string_view, std::string_view);
const std::map<std::string_view, Merge> kMerges = {
    {"docker/config.json", merge_docker}, {"npm/.npmrc", merge_npmrc},      {"maven/settings.xml", merge_settings},
    {"nuget/NuGet.Config", merge_nuget},  {"python/.pypirc", merge_pypirc},
};

}  // namespace

bool is_shared_file(std::string_view path) { return kMerges.contains(path); }

base::Result<std::string> merge_files(std::string_view path, std::string_view first, std::string_view second) {
  return kMerges.at(path)(first, second);
}

}  // namespace catalogue
