#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/ids.h"
#include "base/clock.h"
#include "base/page.h"
#include "base/result.h"
#include "storage/database.h"
#include "workspaces/ids.h"

// Tags of workspaces and projects. A tag is a key with a value, a "tag binding"; one without a value is what Terraform
// calls a flat tag, and only workspaces have those by name.
namespace workspaces {

struct TagBinding {
  TagBindingId id;
  std::string key, value;
  auth::ProjectId inherited_from;  // empty: its own
};

// A name that workspaces of an organization have, or had, as a flat tag.
struct Tag {
  TagId id;
  std::string name;
  std::int64_t workspaces = 0;
};

// What the tags hang on.
struct TagOwner {
  auth::OrganizationId organization;
  WorkspaceId workspace;    // one of the two
  auth::ProjectId project;  // of the workspace, or the owner itself

  std::string id() const { return workspace.empty() ? project.str() : workspace.str(); }
};

// kInvalid with a pointer for what no tag can be.
base::Status check_tag_name(const std::string& name);
base::Status check_binding(const TagBinding& binding);

namespace store {

constexpr std::size_t kMostTags = 100;  // of one workspace or project

base::Result<std::vector<TagBinding>> bindings_of(storage::Connection& connection, const TagOwner& owner);
// Its own and those of its project that it does not have itself, by key.
base::Result<std::vector<TagBinding>> effective_bindings_of(storage::Connection& connection, const TagOwner& owner);
// Adds them, or gives those that are there another value. kInvalid beyond kMostTags.
base::Status put_bindings(storage::Transaction& transaction, const base::Clock& clock, const TagOwner& owner,
                          const std::vector<TagBinding>& bindings);
// Those and no other.
base::Status set_bindings(storage::Transaction& transaction, const base::Clock& clock, const TagOwner& owner,
                          const std::vector<TagBinding>& bindings);
// Flat tags, by name or by the id of a tag.
base::Status remove_tags(storage::Transaction& transaction, const TagOwner& owner,
                         const std::vector<std::string>& names);

struct TagFilter {
  auth::OrganizationId organization;
  std::string name_contains;
  std::string not_of_workspace;  // id
};
base::Result<base::Page<Tag>> list_tags(storage::Connection& connection, const TagFilter& filter,
                                        const base::PageRequest& page);
base::Result<base::Page<Tag>> tags_of(storage::Connection& connection, const WorkspaceId& workspace,
                                      const base::PageRequest& page);
base::Result<std::optional<Tag>> find_tag(storage::Connection& connection, const auth::OrganizationId& organization,
                                          const std::string& id);
// From every workspace of the organization.
base::Status delete_tag(storage::Transaction& transaction, const auth::OrganizationId& organization, const Tag& tag);

}  // namespace store
}  // namespace workspaces
