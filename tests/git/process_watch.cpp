#include "tests/git/process_watch.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

std::string read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

ProcessWatch::ProcessWatch(std::vector<std::string> needles)
    : needles_(std::move(needles)), thread_([this](const std::stop_token& stopping) {
        while (!stopping.stop_requested()) look();
      }) {}

void ProcessWatch::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::vector<std::string> ProcessWatch::command_lines(const std::string& program) const {
  auto lines = lines_.copy();
  std::erase_if(lines, [&](const std::string& line) { return !line.substr(0, line.find(' ')).ends_with(program); });
  return lines;
}

void ProcessWatch::look() {
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", code)) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::string line = read_all(entry.path() / "cmdline");
    std::replace(line.begin(), line.end(), '\0', ' ');
    lines_.with([&](auto& lines) {
      if (!line.empty() && std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
    });
    if (name == std::to_string(::getpid())) continue;
    for (const auto& needle : needles_) {
      if (line.find(needle) != std::string::npos) hits_.with([&](auto& hits) { hits.push_back(line + ": arguments"); });
      if (read_all(entry.path() / "environ").find(needle) != std::string::npos) {
        hits_.with([&](auto& hits) { hits.push_back(line + ": environment"); });
      }
    }
  }
}
