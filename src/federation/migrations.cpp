#include "federation/migrations.h"

namespace federation {
namespace {

constexpr storage::Migration kSteps[] = {
    {1, "signing keys", R"sql(
CREATE TABLE signing_keys (
  id TEXT PRIMARY KEY,
  secret_id TEXT NOT NULL,
  modulus TEXT NOT NULL,
  exponent TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  signs_from BIGINT NOT NULL,
  leaves_at BIGINT
);
)sql"},
};

}  // namespace

storage::Component migrations() { return {"federation", kSteps}; }

}  // namespace federation
