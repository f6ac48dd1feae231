#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "auth/service.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "storage/database.h"
#include "vault/vault.h"
#include "workspaces/workspace.h"

namespace workspaces {

enum class Category { kTerraform, kEnvironment };
const char* category_name(Category category);  // "terraform", "env"
std::optional<Category> category_from(std::string_view name);

// A variable as the API shows it. The value of a sensitive one is in the vault.
struct Variable {
  VariableId id;
  WorkspaceId workspace;
  std::string key;
  Category category = Category::kTerraform;
  std::string value;  // empty if sensitive
  std::string description;
  bool hcl = false;
  bool sensitive = false;
  bool short_secret = false;  // too short to be masked in logs
  std::string version_id;
  base::Time created_at;
};

// Values shorter than this would mask half of a log; they are not masked, and people are told when they save one.
constexpr std::size_t kShortestMasked = 6;

// What a write carried.
struct VariableChange {
  std::optional<std::string> key;
  std::optional<Category> category;
  std::optional<std::string> description;
  std::optional<base::Secret> value;
  std::optional<bool> hcl, sensitive;
  // Asked with the variable as the changing transaction reads it; what it refuses is not changed.
  std::function<base::Status(const Variable&)> precondition;
};

// A variable with its value, for a run.
struct OpenedVariable {
  std::string key;
  Category category = Category::kTerraform;
  bool hcl = false;
  bool sensitive = false;
  base::Secret value;
};

// kInvalid with a pointer for a key that no run could use, or that would change how a run itself works.
base::Status check_key(const std::string& key, Category category);

// The variables of workspaces. Thread-safe.
class Variables {
 public:
  Variables(storage::Database& database, const base::Clock& clock, vault::Vault& vault)
      : database_(database), clock_(clock), vault_(vault) {}

  base::Result<std::vector<Variable>> list(const WorkspaceId& workspace);
  static base::Result<std::vector<Variable>> list(storage::Connection& connection, const WorkspaceId& workspace);
  // kNotFound, also for a variable of another workspace.
  base::Result<Variable> find(const WorkspaceId& workspace, const VariableId& id);
  // kInvalid: key and category are taken, or the key cannot be used.
  base::Result<Variable> create(const auth::Actor& actor, const Workspace& workspace, const VariableChange& change);
  base::Result<Variable> update(const auth::Actor& actor, const Workspace& workspace, const VariableId& id,
                                const VariableChange& change);
  base::Status remove(const auth::Actor& actor, const Workspace& workspace, const VariableId& id);

  base::Result<std::vector<OpenedVariable>> open(storage::Connection& connection, const Workspace& workspace);
  // Erases every secret of the workspace; its rows go with it.
  base::Status forget_secrets(storage::Transaction& transaction, const WorkspaceId& workspace);

 private:
  struct Row {
    Variable variable;
    vault::SecretId secret;
  };
  static base::Result<std::optional<Row>> read(storage::Connection& connection, const WorkspaceId& workspace,
                                               const VariableId& id);
  static base::Result<std::vector<Row>> read_all(storage::Connection& connection, const WorkspaceId& workspace);
  static Row from(const storage::Row& row);
  base::Status apply(storage::Transaction& transaction, const Workspace& workspace, Row& row,
                     const VariableChange& change);
  base::Status set_value(storage::Transaction& transaction, const Workspace& workspace, Row& row,
                         const base::Secret& value);
  base::Status audit(storage::Transaction& transaction, const auth::Actor& actor, const Workspace& workspace,
                     const Variable& variable, const char* action);

  storage::Database& database_;
  const base::Clock& clock_;
  vault::Vault& vault_;
};

}  // namespace workspaces
