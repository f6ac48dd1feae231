#include "workspaces/variable.h"

#include <algorithm>
#include <array>

#include "auth/audit.h"
#include "base/random.h"
#include "base/strings.h"
#include "jsonapi/json.h"

#include <nlohmann/json.hpp>

#define VARIABLE_COLUMNS                                                                                       \
  "id, workspace_id, key, category, value, secret_id, description, hcl, sensitive, short_secret, version_id, " \
  "created_at"

namespace workspaces {
namespace {

constexpr std::size_t kMaxKey = 256;
constexpr std::size_t kMaxValue = std::size_t{256} << 10U;
constexpr std::size_t kMaxVariables = 1'000;

// Names with which a variable could change which program runs, what it loads or where it looks.
constexpr std::array<std::string_view, 12> kReserved = {"PATH", "HOME",   "IFS",  "ENV",  "BASH_ENV", "SHELLOPTS",
                                                        "PWD",  "TMPDIR", "TERM", "USER", "LOGNAME",  "SHELL"};
constexpr std::array<std::string_view, 4> kReservedBeginnings = {"LD_", "GIT_", "TF_CLI_", "BASH_FUNC_"};

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool is_reserved(const std::string& key) {
  std::string upper = key;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return std::find(kReserved.begin(), kReserved.end(), upper) != kReserved.end() ||
         std::any_of(kReservedBeginnings.begin(), kReservedBeginnings.end(),
                     [&](std::string_view start) { return upper.starts_with(start); });
}

base::Error taken(base::Error error) {
  if (!storage::is_unique_violation(error)) return error;
  return base::invalid("Key has already been taken", "/data/attributes/key");
}

bool is_mask(const std::string& value) {
  return value.size() >= 3 && value.find_first_not_of('*') == std::string::npos;
}

vault::Owner owner_of(const Workspace& workspace, const VariableId& id) {
  return {workspace.organization.str(), "workspace_variables", id.str(), "value"};
}

}  // namespace

const char* category_name(Category category) { return category == Category::kTerraform ? "terraform" : "env"; }

std::optional<Category> category_from(std::string_view name) {
  if (name == "terraform") return Category::kTerraform;
  if (name == "env") return Category::kEnvironment;
  return std::nullopt;
}

base::Status check_key(const std::string& key, Category category) {
  constexpr char kPointer[] = "/data/attributes/key";
  if (key.empty()) return base::invalid("Key can't be blank", kPointer);
  if (key.size() > kMaxKey || !std::all_of(key.begin(), key.end(), is_key_character)) {
    return base::invalid("Key can only contain letters, digits, '-', '_' and '.', at most 256 of them", kPointer);
  }
  if (category == Category::kEnvironment && is_reserved(key)) {
    return base::invalid("Key '" + key +
                             "' is reserved: it would change how the run itself works (reserved are PATH, "
                             "HOME, IFS, ENV, BASH_ENV and their like, and names that begin with LD_, GIT_, TF_CLI_)",
                         kPointer);
  }
  return {};
}

Variables::Row Variables::from(const storage::Row& row) {
  Row out;
  out.variable.id = row.id<VariableId>(0);
  out.variable.workspace = row.id<WorkspaceId>(1);
  out.variable.key = row.text(2);
  out.variable.category = category_from(row.text(3)).value_or(Category::kTerraform);
  out.variable.value = row.text(4);
  out.secret = row.id<vault::SecretId>(5);
  out.variable.description = row.text(6);
  out.variable.hcl = row.boolean(7);
  out.variable.sensitive = row.boolean(8);
  out.variable.short_secret = row.boolean(9);
  out.variable.version_id = row.text(10);
  out.variable.created_at = row.time(11);
  return out;
}

base::Result<std::optional<Variables::Row>> Variables::read(storage::Connection& connection,
                                                            const WorkspaceId& workspace, const VariableId& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT " VARIABLE_COLUMNS
                                                   " FROM workspace_variables WHERE id = $1 AND workspace_id = $2",
                                                   {id, workspace}));
  return row ? std::optional(from(*row)) : std::nullopt;
}

base::Result<std::vector<Variables::Row>> Variables::read_all(storage::Connection& connection,
                                                              const WorkspaceId& workspace) {
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT " VARIABLE_COLUMNS
                                    " FROM workspace_variables WHERE workspace_id = $1 ORDER BY category, key",
                                    {workspace}));
  std::vector<Row> out;
  for (const auto& row : rows) out.push_back(from(row));
  return out;
}

base::Result<std::vector<Variable>> Variables::list(const WorkspaceId& workspace) {
  return database_.read([&](storage::Connection& connection) { return list(connection, workspace); });
}

base::Result<std::vector<Variable>> Variables::list(storage::Connection& connection, const WorkspaceId& workspace) {
  ASSIGN_OR_RETURN(const auto rows, read_all(connection, workspace));
  std::vector<Variable> out;
  for (const auto& row : rows) out.push_back(row.variable);
  return out;
}

base::Result<Variable> Variables::find(const WorkspaceId& workspace, const VariableId& id) {
  return database_.read([&](storage::Connection& connection) -> base::Result<Variable> {
    ASSIGN_OR_RETURN(const auto row, read(connection, workspace, id));
    if (!row) return base::not_found("not found");
    return row->variable;
  });
}

base::Status Variables::set_value(storage::Transaction& transaction, const Workspace& workspace, Row& row,
                                  const base::Secret& value) {
  if (!row.secret.empty()) RETURN_IF_ERROR(vault_.erase(transaction, row.secret));
  row.secret = {};
  row.variable.value.clear();
  row.variable.short_secret = row.variable.sensitive && value.size() < kShortestMasked;
  row.variable.version_id = base::random_base58(32);
  if (!row.variable.sensitive) {
    row.variable.value = value.reveal();
    return {};
  }
  ASSIGN_OR_RETURN(row.secret, vault_.put(transaction, owner_of(workspace, row.variable.id), value));
  return {};
}

base::Status Variables::apply(storage::Transaction& transaction, const Workspace& workspace, Row& row,
                              const VariableChange& change) {
  Variable& variable = row.variable;
  if (variable.sensitive && change.sensitive == false) {
    return base::invalid("A sensitive variable cannot be made readable again; delete it and make a new one",
                         "/data/attributes/sensitive");
  }
  const bool becomes_sensitive = !variable.sensitive && change.sensitive.value_or(false);
  const base::Secret former(variable.value);
  variable.key = change.key.value_or(variable.key);
  variable.category = change.category.value_or(variable.category);
  variable.description = change.description.value_or(variable.description);
  variable.hcl = change.hcl.value_or(variable.hcl);
  variable.sensitive = change.sensitive.value_or(variable.sensitive);
  RETURN_IF_ERROR(check_key(variable.key, variable.category));
  if (change.value && variable.sensitive && is_mask(change.value->reveal())) {
    return base::invalid("The value is a row of asterisks, as pages show instead of a secret: send the value itself",
                         "/data/attributes/value");
  }
  const base::Secret& value = change.value ? *change.value : former;
  if (value.size() > kMaxValue || value.reveal().find('\0') != std::string::npos) {
    return base::invalid("Value is at most 256 KB without NUL", "/data/attributes/value");
  }
  if (change.value || becomes_sensitive) return set_value(transaction, workspace, row, value);
  return {};
}

base::Status Variables::audit(storage::Transaction& transaction, const auth::Actor& actor, const Workspace& workspace,
                              const Variable& variable, const char* action) {
  const jsonapi::Json detail = {{"workspace", workspace.id.str()}, {"key", variable.key}};
  return auth::audit(
      transaction, clock_,
      {workspace.organization, actor.who, action, "vars", variable.id.str(), jsonapi::dump(detail), actor.request_id});
}

base::Result<Variable> Variables::create(const auth::Actor& actor, const Workspace& workspace,
                                         const VariableChange& change) {
  return database_.write([&](storage::Transaction& transaction) -> base::Result<Variable> {
    ASSIGN_OR_RETURN(const auto count, transaction.query("SELECT COUNT(*) FROM workspace_variables WHERE "
                                                         "workspace_id = $1",
                                                         {workspace.id}));
    if (count.at(0).integer(0) >= static_cast<std::int64_t>(kMaxVariables)) {
      return base::invalid("A workspace has at most 1000 variables");
    }
    Row row;
    row.variable.id = VariableId::make();
    row.variable.workspace = workspace.id;
    row.variable.created_at = clock_.now();
    VariableChange complete = change;
    if (!complete.value) complete.value = base::Secret();
    RETURN_IF_ERROR(apply(transaction, workspace, row, complete));
    const Variable& v = row.variable;
    const auto done =
        transaction.execute("INSERT INTO workspace_variables (" VARIABLE_COLUMNS
                            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                            {v.id, v.workspace, v.key, category_name(v.category), v.value, row.secret, v.description,
                             v.hcl, v.sensitive, v.short_secret, v.version_id, v.created_at});
    if (!done) return taken(done.error());
    RETURN_IF_ERROR(audit(transaction, actor, workspace, v, "variable.create"));
    return v;
  });
}

base::Result<Variable> Variables::update(const auth::Actor& actor, const Workspace& workspace, const VariableId& id,
                                         const VariableChange& change) {
  return database_.write([&](storage::Transaction& transaction) -> base::Result<Variable> {
    RETURN_IF_ERROR(transaction.execute("UPDATE workspace_variables SET key = key WHERE id = $1", {id}));
    ASSIGN_OR_RETURN(auto row, read(transaction, workspace.id, id));
    if (!row) return base::not_found("not found");
    if (change.precondition) RETURN_IF_ERROR(change.precondition(row->variable));
    RETURN_IF_ERROR(apply(transaction, workspace, *row, change));
    const Variable& v = row->variable;
    const auto done = transaction.execute(
        "UPDATE workspace_variables SET key = $2, category = $3, value = $4, secret_id = $5, description = $6, hcl = "
        "$7, sensitive = $8, short_secret = $9, version_id = $10 WHERE id = $1",
        {v.id, v.key, category_name(v.category), v.value, row->secret, v.description, v.hcl, v.sensitive,
         v.short_secret, v.version_id});
    if (!done) return taken(done.error());
    RETURN_IF_ERROR(audit(transaction, actor, workspace, v, "variable.update"));
    return v;
  });
}

base::Status Variables::remove(const auth::Actor& actor, const Workspace& workspace, const VariableId& id) {
  return database_.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, read(transaction, workspace.id, id));
    if (!row) return base::not_found("not found");
    if (!row->secret.empty()) RETURN_IF_ERROR(vault_.erase(transaction, row->secret));
    RETURN_IF_ERROR(transaction.execute("DELETE FROM workspace_variables WHERE id = $1", {id}));
    return audit(transaction, actor, workspace, row->variable, "variable.delete");
  });
}

base::Result<std::vector<OpenedVariable>> Variables::open(storage::Connection& connection, const Workspace& workspace) {
  ASSIGN_OR_RETURN(const auto rows, read_all(connection, workspace.id));
  std::vector<OpenedVariable> out;
  for (const auto& row : rows) {
    OpenedVariable opened{row.variable.key, row.variable.category, row.variable.hcl, row.variable.sensitive,
                          base::Secret(row.variable.value)};
    if (!row.secret.empty()) {
      ASSIGN_OR_RETURN(opened.value, vault_.get(connection, row.secret, owner_of(workspace, row.variable.id)));
    }
    out.push_back(std::move(opened));
  }
  return out;
}

base::Status Variables::forget_secrets(storage::Transaction& transaction, const WorkspaceId& workspace) {
  ASSIGN_OR_RETURN(const auto rows, read_all(transaction, workspace));
  for (const auto& row : rows) {
    if (!row.secret.empty()) RETURN_IF_ERROR(vault_.erase(transaction, row.secret));
  }
  return {};
}

}  // namespace workspaces
