// docs/threats.md names tests that there are, and leaves no row without a test or a reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/strings.h"
#include "test_paths.h"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = std::size_t{4} << 20U;
constexpr std::size_t kShortestReason = 20;

std::string all_tests() {
  std::string text;
  for (const auto& entry : fs::recursive_directory_iterator(RUNBRIDGE_SOURCE_DIR "/tests")) {
    const auto extension = entry.path().extension();
    if (extension != ".cpp" && extension != ".py") continue;
    text += base::read_file(entry.path(), kLargestFile).value_or("");
  }
  return text;
}

// Row → what proves it.
std::map<std::string, std::string> rows() {
  std::map<std::string, std::string> found;
  const auto text = base::read_file(RUNBRIDGE_SOURCE_DIR "/docs/threats.md", kLargestFile).value_or("");
  for (const auto& line : base::split(text, '\n')) {
    const auto cells = base::split(line, '|');
    if (cells.size() != 5) continue;
    const std::string id(base::trim(cells[1]));
    if (id.size() == 3 && id.find_first_of("WEKGATU") == 0) found[id] = std::string(base::trim(cells[3]));
  }
  return found;
}

std::vector<std::string> names_in(const std::string& cell) {
  std::vector<std::string> names;
  const auto parts = base::split(cell, '`');
  for (std::size_t index = 1; index < parts.size(); index += 2) names.push_back(parts[index]);
  return names;
}

TEST(Threats, EveryRowHasTestsThatThereAreOrAReason) {
  const auto tests = all_tests();
  const auto all = rows();
  EXPECT_GE(all.size(), 80U);
  for (const auto& [id, proof] : all) {
    const auto names = names_in(proof);
    EXPECT_TRUE(!names.empty() || proof.size() >= kShortestReason) << id;
    for (const auto& name : names) {
      EXPECT_NE(tests.find(name), std::string::npos) << id << ": no test is called " << name;
      EXPECT_NE(name.find("_" + id + "_"), std::string::npos) << id << " is not in the name " << name;
    }
  }
}

}  // namespace
