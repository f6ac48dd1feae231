#include "workspaces/tag.h"

#include <algorithm>
#include <set>

#include "auth/sql.h"
#include "base/ascii.h"
#include "base/strings.h"

namespace workspaces {
namespace {

constexpr std::size_t kLongestName = 255, kLongestKey = 128, kLongestValue = 256;

}  // namespace

base::Status check_tag_name(const std::string& name) {
  if (!name.empty() && name.size() <= kLongestName && base::is_letter_or_digit(name.front()) &&
      base::is_made_of(name, "-_:")) {
    return {};
  }
  return base::invalid("'" + base::printable(name, 100) +
                           "' is no tag: it holds letters, digits, '-', '_' and ':', begins with a letter or digit and "
                           "has at most 255 characters",
                       "/data");
}

base::Status check_binding(const TagBinding& binding) {
  constexpr std::string_view kOthers = " _.=+-@:";
  const auto ends_well = [](const std::string& text) { return text == base::trim(text); };
  if (binding.key.empty() || binding.key.size() > kLongestKey || !base::is_made_of(binding.key, kOthers) ||
      !ends_well(binding.key)) {
    return base::invalid("'" + base::printable(binding.key, 100) +
                             "' is no tag key: letters, digits, spaces and _ . = + - @ : , at most 128 of them",
                         "/data");
  }
  if (binding.value.size() > kLongestValue || !base::is_made_of(binding.value, kOthers) || !ends_well(binding.value)) {
    return base::invalid(
        "the value of tag '" + binding.key + "' holds letters, digits, spaces and _ . = + - @ : , at most 256 of them",
        "/data");
  }
  return {};
}

namespace store {
namespace {

TagBinding binding_from(const storage::Row& row) {
  TagBinding binding;
  binding.id = row.id<TagBindingId>(0);
  binding.key = row.text(1);
  binding.value = row.text(2);
  return binding;
}

Tag tag_from(const storage::Row& row) { return {row.id<TagId>(0), row.text(1), row.integer(2)}; }

#define TAG_COLUMNS                                                                                            \
  "SELECT t.id, t.name, (SELECT COUNT(*) FROM tag_bindings b WHERE b.organization_id = t.organization_id AND " \
  "b.tag_key = t.name AND b.value = '' AND b.workspace_id IS NOT NULL)"

base::Result<std::vector<TagBinding>> bindings_of_owner(storage::Connection& connection, const std::string& owner) {
  ASSIGN_OR_RETURN(const auto rows, connection.query("SELECT id, tag_key, value FROM tag_bindings WHERE owner = $1 "
                                                     "ORDER BY tag_key",
                                                     {owner}));
  std::vector<TagBinding> out;
  for (const auto& row : rows) out.push_back(binding_from(row));
  return out;
}

}  // namespace

base::Result<std::vector<TagBinding>> bindings_of(storage::Connection& connection, const TagOwner& owner) {
  return bindings_of_owner(connection, owner.id());
}

base::Result<std::vector<TagBinding>> effective_bindings_of(storage::Connection& connection, const TagOwner& owner) {
  ASSIGN_OR_RETURN(auto out, bindings_of(connection, owner));
  if (owner.workspace.empty()) return out;
  std::set<std::string> own;
  for (const auto& binding : out) own.insert(binding.key);
  ASSIGN_OR_RETURN(auto inherited, bindings_of_owner(connection, owner.project.str()));
  for (auto& binding : inherited) {
    if (own.contains(binding.key)) continue;
    binding.inherited_from = owner.project;
    out.push_back(std::move(binding));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return out;
}

base::Status put_bindings(storage::Transaction& transaction, const base::Clock& clock, const TagOwner& owner,
                          const std::vector<TagBinding>& bindings) {
  const auto now = clock.now();
  const auto workspace = owner.workspace.empty() ? std::nullopt : std::optional(owner.workspace.str());
  const auto project = owner.workspace.empty() ? std::optional(owner.project.str()) : std::nullopt;
  for (const auto& binding : bindings) {
    RETURN_IF_ERROR(check_binding(binding));
    RETURN_IF_ERROR(transaction.execute(
        "INSERT INTO tag_bindings (id, organization_id, owner, workspace_id, project_id, tag_key, value, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (owner, tag_key) DO UPDATE SET value = excluded.value",
        {TagBindingId::make(), owner.organization, owner.id(), workspace, project, binding.key, binding.value, now}));
    if (!binding.value.empty() || owner.workspace.empty()) continue;
    RETURN_IF_ERROR(
        transaction.execute("INSERT INTO tags (id, organization_id, name, created_at) VALUES ($1, $2, $3, $4) "
                            "ON CONFLICT (organization_id, name) DO NOTHING",
                            {TagId::make(), owner.organization, binding.key, now}));
  }
  ASSIGN_OR_RETURN(const auto row,
                   transaction.find("SELECT COUNT(*) FROM tag_bindings WHERE owner = $1", {owner.id()}));
  if (row->integer(0) > static_cast<std::int64_t>(kMostTags)) {
    return base::invalid("at most " + std::to_string(kMostTags) + " tags", "/data");
  }
  return {};
}

base::Status set_bindings(storage::Transaction& transaction, const base::Clock& clock, const TagOwner& owner,
                          const std::vector<TagBinding>& bindings) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM tag_bindings WHERE owner = $1", {owner.id()}));
  return put_bindings(transaction, clock, owner, bindings);
}

base::Status remove_tags(storage::Transaction& transaction, const TagOwner& owner,
                         const std::vector<std::string>& names) {
  for (const auto& name : names) {
    RETURN_IF_ERROR(transaction.execute(
        "DELETE FROM tag_bindings WHERE owner = $1 AND value = '' AND (tag_key = $2 OR tag_key IN (SELECT name FROM "
        "tags WHERE id = $2 AND organization_id = $3))",
        {owner.id(), name, owner.organization}));
  }
  return {};
}

base::Result<base::Page<Tag>> list_tags(storage::Connection& connection, const TagFilter& filter,
                                        const base::PageRequest& page) {
  const std::string where =
      " FROM tags t WHERE t.organization_id = $1 AND LOWER(t.name) LIKE $2 ESCAPE '\\' AND NOT EXISTS (SELECT 1 FROM "
      "tag_bindings n WHERE n.owner = $3 AND n.tag_key = t.name AND n.value = '')";
  return auth::page_of(connection,
                       {TAG_COLUMNS,
                        where,
                        " ORDER BY t.name",
                        {filter.organization, auth::contains_pattern(filter.name_contains), filter.not_of_workspace}},
                       page, tag_from);
}

base::Result<base::Page<Tag>> tags_of(storage::Connection& connection, const WorkspaceId& workspace,
                                      const base::PageRequest& page) {
  const std::string where =
      " FROM tags t JOIN tag_bindings w ON w.organization_id = t.organization_id AND w.tag_key = t.name "
      "WHERE w.owner = $1 AND w.value = ''";
  return auth::page_of(connection, {TAG_COLUMNS, where, " ORDER BY t.name", {workspace}}, page, tag_from);
}

base::Result<std::optional<Tag>> find_tag(storage::Connection& connection, const auth::OrganizationId& organization,
                                          const std::string& id) {
  ASSIGN_OR_RETURN(
      const auto row,
      connection.find(TAG_COLUMNS " FROM tags t WHERE t.organization_id = $1 AND t.id = $2", {organization, id}));
  return row ? std::optional(tag_from(*row)) : std::nullopt;
}

base::Status delete_tag(storage::Transaction& transaction, const auth::OrganizationId& organization, const Tag& tag) {
  RETURN_IF_ERROR(
      transaction.execute("DELETE FROM tag_bindings WHERE organization_id = $1 AND tag_key = $2 AND value = '' AND "
                          "workspace_id IS NOT NULL",
                          {organization, tag.name}));
  RETURN_IF_ERROR(transaction.execute("DELETE FROM tags WHERE id = $1", {tag.id}));
  return {};
}

}  // namespace store
}  // namespace workspaces
