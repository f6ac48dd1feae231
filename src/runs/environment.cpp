#include <algorithm>

#include "base/file.h"
#include "base/strings.h"
#include "crypto/hash.h"
#include "jsonapi/json.h"
#include "jsonapi/resource.h"
#include "runs/executor.h"

namespace runs {

std::map<std::string, std::string> run_environment(const Run& run,
                                                   const std::vector<workspaces::OpenedVariable>& variables) {
  std::map<std::string, std::string> environment;
  for (const auto& variable : variables) {
    if (variable.sensitive && run.origin.from_fork) continue;
    const bool terraform = variable.category == workspaces::Category::kTerraform;
    environment[(terraform ? "TF_VAR_" : "") + variable.key] = variable.value.reveal();
  }
  for (const auto& variable : run.variables) environment["TF_VAR_" + variable.key] = variable.value;
  environment["TF_IN_AUTOMATION"] = "1";
  environment["TF_INPUT"] = "0";
  environment["RUNBRIDGE_RUN_ID"] = run.id.str();
  environment["RUNBRIDGE_COMMIT"] = run.origin.commit_sha;
  environment["RUNBRIDGE_BRANCH"] = run.origin.branch;
  environment["RUNBRIDGE_WORKSPACE"] = run.workspace;
  if (run.origin.pull_request_number > 0) {
    environment["RUNBRIDGE_PULL_REQUEST"] = std::to_string(run.origin.pull_request_number);
  }
  return environment;
}

PlanCounts count_plan(const std::string& plan_json) {
  PlanCounts counts;
  const auto plan = jsonapi::parse(plan_json, {std::size_t{64} << 20U, 256, false});
  if (!plan) return {true, 0, 0, 0, 0};
  for (const auto& resource : jsonapi::get_array(*plan, "resource_changes")) {
    for (const auto& action : jsonapi::get_array(resource, "change.actions")) {
      if (action == "create") ++counts.additions;
      if (action == "update") ++counts.changes;
      if (action == "delete") ++counts.destructions;
    }
    if (jsonapi::find(resource, "change.importing") != nullptr) ++counts.imports;
  }
  counts.has_changes = counts.additions + counts.changes + counts.destructions + counts.imports > 0;
  if (const auto* outputs = jsonapi::find(*plan, "output_changes"); outputs != nullptr && outputs->is_object()) {
    for (const auto& output : *outputs) {
      for (const auto& action : jsonapi::get_array(output, "actions")) {
        if (action != "no-op" && action != "read") counts.has_changes = true;
      }
    }
  }
  return counts;
}

base::Result<std::string> hash_directory(const std::filesystem::path& directory) {
  std::vector<std::string> lines;
  std::error_code problem;
  for (auto at = std::filesystem::recursive_directory_iterator(directory, problem);
       !problem && at != std::filesystem::recursive_directory_iterator(); at.increment(problem)) {
    const std::string name = at->path().lexically_relative(directory).string();
    if (at->is_symlink()) {
      lines.push_back("l " + name + " " + std::filesystem::read_symlink(at->path(), problem).string());
    } else if (at->is_regular_file()) {
      ASSIGN_OR_RETURN(const auto text, base::read_file(at->path(), std::size_t{2} << 30U));
      lines.push_back("f " + name + " " + base::to_hex(crypto::sha256(text)));
    } else {
      lines.push_back("d " + name);
    }
  }
  if (problem) return base::unavailable("the run's directory could not be read", problem.message());
  std::sort(lines.begin(), lines.end());
  return base::to_hex(crypto::sha256(base::join(lines, "\n")));
}

}  // namespace runs
