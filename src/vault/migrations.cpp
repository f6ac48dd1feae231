#include "vault/migrations.h"

namespace vault {
namespace {

constexpr storage::Migration kSteps[] = {
    {1, "secrets", R"(
CREATE TABLE secrets (
  id TEXT PRIMARY KEY,
  key_version BIGINT NOT NULL,
  data_key BLOB_TYPE NOT NULL,
  sealed BLOB_TYPE NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE vault_check (
  key_version BIGINT PRIMARY KEY,
  sealed BLOB_TYPE NOT NULL
);
)"},
};

}  // namespace

storage::Component migrations() { return {"vault", kSteps}; }

}  // namespace vault
