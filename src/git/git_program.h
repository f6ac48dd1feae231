#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/process.h"
#include "base/result.h"
#include "git/mirror.h"

namespace git {

using Environment = std::vector<std::pair<std::string, std::string>>;
using Config = std::vector<std::pair<std::string, std::string>>;

// One run of the system's git: our configuration only, no prompt, nothing inherited.
struct GitRun {
  std::vector<std::string> arguments;  // without "git"
  std::filesystem::path repository;    // empty: none
  std::filesystem::path home;          // an empty directory
  Config config = {};                  // readable by root through /proc: no secret
  Environment environment = {};        // on top of ours
  std::vector<base::PassedDescriptor> descriptors = {};
  std::string_view input = {};
  std::chrono::milliseconds timeout{60'000};
  std::stop_token stop = {};
  std::size_t output_limit = std::size_t{1} << 20U;
  std::function<bool(std::string_view)> on_output = {};
  std::optional<std::uint64_t> file_size_limit = {};
};
base::Result<base::ProcessResult> run_git(const GitRun& run);

// What a failed run that spoke to a server means, for people and as a value.
base::Error explain_failure(const base::ProcessResult& result, const std::string& host);
base::Error make_error(Problem problem, std::string message, const std::string& detail = {});

}  // namespace git
