// How long it takes to find the workspaces that a push concerns: match_paths [WORKSPACES] [FILES]
// Prints one line: build_ms=… match_ms=… none_ms=… none_twice_ms=…
//   match: one workspace in a hundred is hit; none: no workspace is; none_twice: the same with twice the workspaces.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "base/strings.h"
#include "workspaces/path_matcher.h"

namespace {

using workspaces::FileFilter;
using workspaces::PathMatcher;

// A third each by working directory, prefixes and patterns, as a large repository of many teams has them.
std::vector<FileFilter> make_filters(std::size_t count) {
  std::vector<FileFilter> filters;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string place = "teams/team-" + std::to_string(i % 100) + "/service-" + std::to_string(i);
    FileFilter filter;
    if (i % 3 == 0) filter.working_directory = place;
    if (i % 3 == 1) filter.prefixes = {place, "modules/module-" + std::to_string(i)};
    if (i % 3 == 2) filter.patterns = {"/" + place + "/**/*.tf", "/**/shared-" + std::to_string(i) + "/*"};
    filters.push_back(std::move(filter));
  }
  return filters;
}

std::vector<std::string> make_paths(std::size_t count, bool hitting) {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string top =
        hitting && i % 10 == 0 ? "teams/team-" + std::to_string(i % 100) + "/service-" : "docs/part-";
    paths.push_back(top + std::to_string(i) + "/deep/er/main.tf");
  }
  return paths;
}

double milliseconds(const auto& work) {
  std::vector<double> times;
  for (int i = 0; i < 9; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + 4, times.end());
  return times[4];
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, std::int64_t fallback) {
    return static_cast<std::size_t>(argc > at ? base::to_integer(argv[at]).value_or(fallback) : fallback);
  };
  const std::size_t count = number(1, 10'000);
  const std::size_t files = number(2, 1'000);
  const auto filters = make_filters(count);
  const double build = milliseconds([&] { const PathMatcher matcher(filters); });
  const PathMatcher matcher(filters);
  const PathMatcher twice(make_filters(count * 2));
  const auto hitting = make_paths(files, true);
  const auto missing = make_paths(files, false);
  std::size_t hits = 0;
  const double match = milliseconds([&] { hits = matcher.match(hitting).size(); });
  const double none = milliseconds([&] { hits += matcher.match(missing).size(); });
  const double none_twice = milliseconds([&] { hits += twice.match(missing).size(); });
  std::printf("build_ms=%.2f match_ms=%.2f none_ms=%.3f none_twice_ms=%.3f hits=%zu\n", build, match, none, none_twice,
              hits);
  return 0;
}
