#include "storage/open.h"

#include "storage/address.h"

namespace storage {

std::optional<std::filesystem::path> sqlite_path(const base::Secret& url, const std::filesystem::path& data_dir) {
  const std::string_view text = url.reveal();
  if (text.empty()) return data_dir / "runbridge.db";
  constexpr std::string_view kSqlite = "sqlite://";
  if (!text.starts_with(kSqlite) || text.size() <= kSqlite.size() + 1 || text[kSqlite.size()] != '/') return {};
  return std::filesystem::path(text.substr(kSqlite.size()));
}

base::Result<std::unique_ptr<Database>> open(const base::Secret& url, const std::filesystem::path& data_dir) {
  if (const auto file = sqlite_path(url, data_dir)) return open_sqlite(*file);
  const std::string_view text = url.reveal();
  if (text.starts_with("postgres://") || text.starts_with("postgresql://")) return open_postgres(url);
  return base::invalid("the database address must begin with postgres://, postgresql:// or sqlite:/// and a path");
}

}  // namespace storage
