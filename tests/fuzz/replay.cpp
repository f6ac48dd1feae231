// Runs a fuzz target without libFuzzer: every seed, then mutations that are the same on every run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::string& input) {
  // A copy of its own, so that a sanitizer sees every read beyond the end.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::vector<std::string> seeds() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(RUNBRIDGE_CORPUS)) paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<std::string> texts;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return texts;
}

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> texts) : texts_(std::move(texts)) {}

  std::string next() {
    std::string text = texts_[below(texts_.size())];
    for (std::size_t rounds = 1 + below(6); rounds > 0; --rounds) mutate(text);
    return text;
  }

 private:
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }

  void mutate(std::string& text) {
    static const std::string kInteresting("\r\n\0 \t:;%,=/.\\\"{}[]-+0x7f\xff\x80", 26);
    const std::size_t place = below(text.size() + 1);
    switch (below(5)) {
      case 0: text.insert(place, 1, kInteresting[below(kInteresting.size())]); break;
      case 1: text.erase(place, 1 + below(8)); break;
      case 2:
        if (place < text.size()) text[place] = static_cast<char>(random_());
        break;
      case 3: text.insert(place, text.substr(below(text.size() + 1), below(40))); break;
      default: {
        const std::string& other = texts_[below(texts_.size())];
        text = text.substr(0, place) + other.substr(below(other.size() + 1));
      }
    }
  }

  std::vector<std::string> texts_;
  std::mt19937_64 random_{20260101};
};

TEST(Fuzz, SeedsAndTheirMutationsHoldTheTargetsPromises) {
  const auto texts = seeds();
  ASSERT_FALSE(texts.empty()) << "no seeds in " RUNBRIDGE_CORPUS;
  run("");
  for (const auto& text : texts) run(text);
  Mutator mutator(texts);
  for (int round = 0; round < RUNBRIDGE_MUTATIONS; ++round) run(mutator.next());
}

}  // namespace
