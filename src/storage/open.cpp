#include "storage/open.h"

namespace storage {

base::Result<std::unique_ptr<Database>> open(const base::Secret& url, const std::filesystem::path& data_dir) {
  const std::string_view text = url.reveal();
  if (text.empty()) return open_sqlite(data_dir / "runbridge.db");
  if (text.starts_with("postgres://") || text.starts_with("postgresql://")) return open_postgres(url);
  constexpr std::string_view kSqlite = "sqlite://";
  if (text.starts_with(kSqlite) && text.size() > kSqlite.size() + 1 && text[kSqlite.size()] == '/') {
    return open_sqlite(std::filesystem::path(text.substr(kSqlite.size())));
  }
  return base::invalid("the database address must begin with postgres://, postgresql:// or sqlite:/// and a path");
}

}  // namespace storage
