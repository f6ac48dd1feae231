// storage_writer URL FIRST-ID: writes rows from eight threads for as long as it lives, and prints each id once its
// write has been acknowledged. kill_test.cpp kills it.
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "storage/database.h"
#include "storage/open.h"

int main(int count, char** arguments) {
  if (count != 3) return 2;
  auto database = storage::open(base::Secret(arguments[1]), "/");
  if (!database) {
    std::fprintf(stderr, "%s\n", database.error().message.c_str());
    return 1;
  }
  std::atomic<std::int64_t> next = base::to_integer(arguments[2]).value_or(0);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      while (true) {
        const std::int64_t id = next++;
        const auto added = (*database)->write([&](storage::Transaction& transaction) {
          return transaction.execute("INSERT INTO t (id, v) VALUES ($1, $2)", {id, std::string(300, 'x')});
        });
        if (!added) continue;
        const std::string line = std::to_string(id) + "\n";
        if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return;
      }
    });
  }
}
