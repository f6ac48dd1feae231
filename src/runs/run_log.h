#pragma once

#include <bitset>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/secret.h"

namespace runs {

// Replaces secrets by "***" in text that comes in pieces: as they are, in base64, URL-encoded, JSON-escaped, hex; also
// when a piece ends in the middle of one. Values shorter than six characters are left alone. Best effort: a program
// that wants to give a secret away can.
class Masker {
 public:
  // `exact`: texts that are masked as they are, however short; of service connections, which come in every form.
  explicit Masker(const std::vector<base::Secret>& secrets, const std::vector<base::Secret>& exact = {});
  // What can be shown by now: all but what may be the beginning of a secret.
  std::string feed(std::string_view text);
  // The rest.
  std::string finish();

 private:
  std::string replaced(bool more_may_come);
  // Where what is pending may be the beginning of a secret, from `from` on; its size if nowhere.
  std::size_t beginning(std::size_t from) const;

  std::vector<base::Secret> needles_;
  std::bitset<256> first_bytes_;  // of the needles
  std::size_t longest_ = 0;
  std::string pending_;
};

// The log of a plan or apply: begins with STX, ends with ETX, only ever grows.
class RunLog {
 public:
  // Goes on where an earlier attempt stopped; what that one still writes is in no log.
  static base::Result<std::unique_ptr<RunLog>> open(const std::filesystem::path& file,
                                                    const std::vector<base::Secret>& secrets,
                                                    const std::vector<base::Secret>& exact = {});
  void write(std::string_view text);
  void line(std::string_view text);
  void flush();
  static base::Status end(const std::filesystem::path& file);  // adds ETX

 private:
  RunLog(base::FileDescriptor file, const std::vector<base::Secret>& secrets, const std::vector<base::Secret>& exact)
      : file_(std::move(file)), masker_(secrets, exact) {}
  void put(std::string_view text);

  base::FileDescriptor file_;
  Masker masker_;
};

base::Result<std::string> read_log_part(const std::filesystem::path& file, std::uint64_t offset, std::uint64_t limit);

}  // namespace runs
