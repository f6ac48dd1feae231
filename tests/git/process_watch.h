#pragma once

#include <string>
#include <thread>
#include <vector>

#include "base/guarded.h"

// Reads every process's arguments and environment over and over, as a curious user of the machine would.
class ProcessWatch {
 public:
  explicit ProcessWatch(std::vector<std::string> needles);
  ~ProcessWatch() { stop(); }
  void stop();

  // Which process showed one of the needles ("git-remote-http: cmdline").
  std::vector<std::string> hits() const { return hits_.copy(); }
  // Every distinct argument list that was seen and begins with a program whose path ends in `program`.
  std::vector<std::string> command_lines(const std::string& program) const;

 private:
  void look();

  std::vector<std::string> needles_;
  base::Guarded<std::vector<std::string>> hits_, lines_;
  std::jthread thread_;
};
