#include <algorithm>

#include "auth/audit_log.h"
#include "auth/guard.h"
#include "auth/sql.h"
#include "base/strings.h"
#include "catalogue/identity.h"
#include "connections/service_impl.h"
#include "connections/text.h"

// Making, changing and deleting connections.
namespace connections {
namespace {

constexpr std::size_t kMostTags = 50;

void add_all(Problems& problems, const std::vector<base::Error>& more) {
  problems.insert(problems.end(), more.begin(), more.end());
}

std::map<std::string, std::string> plain_of(const catalogue::Values& values) {
  return {values.plain().begin(), values.plain().end()};
}

void check_tags(const std::map<std::string, std::string>& tags, Problems& problems) {
  if (tags.size() > kMostTags) {
    problems.push_back(base::invalid("A service connection has at most 50 tags", "/data/attributes/tags"));
  }
}

void check_name(const catalogue::Catalogue& catalogue, const std::string& name, Problems& problems) {
  const auto problem = catalogue::problem_of_name(catalogue, name);
  if (!problem.empty()) problems.push_back(base::invalid(problem, "/data/attributes/name"));
}

bool is_reference(const catalogue::Parameter& parameter) {
  return parameter.options_from.kind == catalogue::OptionsFrom::Kind::kConnections;
}

std::vector<std::pair<std::string, ServiceConnectionId>> referred_by(const catalogue::Scheme& scheme,
                                                                     const ServiceConnection& connection) {
  std::vector<std::pair<std::string, ServiceConnectionId>> referred;
  for (const auto& parameter : scheme.parameters) {
    const auto found = connection.fields.find(parameter.id);
    if (!is_reference(parameter) || found == connection.fields.end() || found->second.empty()) continue;
    referred.emplace_back(parameter.id, ServiceConnectionId(found->second));
  }
  return referred;
}

std::string changed_names(const ServiceConnection& before, const ServiceConnection& after, bool values_changed) {
  std::vector<std::string> names;
  const auto note = [&](bool differs, const char* name) {
    if (differs) names.emplace_back(name);
  };
  note(before.name != after.name, "name");
  note(before.description != after.description, "description");
  note(before.owner != after.owner, "owner");
  note(before.tags != after.tags, "tags");
  note(before.allow_all != after.allow_all, "allow-all-workspaces");
  note(before.inherits_roles != after.inherits_roles, "inherits-roles");
  note(values_changed, "parameters");
  return base::join(names, ", ");
}

}  // namespace

base::Status Service::Impl::resolve_references(storage::Connection& connection, const Viewer& viewer,
                                               const auth::ProjectId& project, const catalogue::Scheme& scheme,
                                               catalogue::Given& given, Problems& problems) {
  for (const auto& parameter : scheme.parameters) {
    const auto place = given.values.find(parameter.id);
    if (!is_reference(parameter) || place == given.values.end() || place->second.empty()) continue;
    const std::string text = place->second.reveal();
    std::optional<ServiceConnectionId> id = ServiceConnectionId(text);
    if (!text.starts_with("sc-")) {
      ASSIGN_OR_RETURN(id, store::find_named(connection, project, text));
    }
    std::optional<store::Row> row;
    if (id) {
      ASSIGN_OR_RETURN(row, store::find(connection, viewer, *id));
    }
    const bool usable = row && row->seen.role >= Role::kUser && is_usable_in(row->seen.connection, project) &&
                        row->seen.connection.type == parameter.options_from.of;
    if (!usable) {
      problems.push_back(base::invalid("The project has no service connection '" + base::printable(text) +
                                           "' of the type " + parameter.options_from.of +
                                           " that you may use; name one by its name or id",
                                       "/data/attributes/parameters/" + parameter.id));
      continue;
    }
    place->second = base::Secret(row->seen.connection.id.str());
  }
  return {};
}

base::Result<References> Service::Impl::open_references(storage::Connection& connection,
                                                        const catalogue::Scheme& scheme,
                                                        const std::map<std::string, std::string>& fields) const {
  References references;
  for (const auto& parameter : scheme.parameters) {
    const auto place = fields.find(parameter.id);
    if (!is_reference(parameter) || place == fields.end() || place->second.empty()) continue;
    ASSIGN_OR_RETURN(const auto row, store::find(connection, ServiceConnectionId(place->second)));
    if (!row) {
      return base::conflict("the service connection that '" + parameter.label +
                            "' points to was deleted: make this one anew with another");
    }
    const auto put = [&](std::string_view field, std::string_view text) {
      references.fields[parameter.id + "." + std::string(field)] = base::Secret(std::string(text));
    };
    ASSIGN_OR_RETURN(auto values, values_of(connection, *row, true));
    put("name", row->seen.connection.name);
    put("target", row->seen.connection.target);
    const auto* azure = dependencies.catalogue->find_azure_environment(values.text("environment"));
    if (azure != nullptr) {
      for (const auto& [key, text] : azure->values) put(key, text);
    }
    for (const auto& [id, text] : values.plain()) put(id, text);
    for (const auto& [id, secret] : values.secrets()) references.fields[parameter.id + "." + id] = secret;
    ASSIGN_OR_RETURN(const auto kind, kind_of(row->seen.connection));
    references.connections.push_back(
        {place->second, row->seen.connection.name, kind.type, kind.scheme, std::move(values)});
  }
  return references;
}

base::Result<Service::Impl::Draft> Service::Impl::draft_new(const auth::Actor& actor,
                                                            const auth::OrganizationId& organization,
                                                            const auth::ProjectId& project, const NewConnection& wanted,
                                                            Problems& problems) const {
  return dependencies.database.read([&](storage::Connection& connection) -> base::Result<Draft> {
    RETURN_IF_ERROR(require_creator(connection, actor.who, organization, project));
    ASSIGN_OR_RETURN(const auto viewer, viewer_of(connection, actor.who, organization));
    Draft draft;
    ASSIGN_OR_RETURN(draft.kind, kind_named(wanted.type, wanted.scheme));
    check_name(*dependencies.catalogue, wanted.name, problems);
    check_tags(wanted.tags, problems);
    auto given = wanted.given;
    RETURN_IF_ERROR(resolve_references(connection, viewer, project, *draft.kind.scheme, given, problems));
    const oauth::Purpose purpose{organization, project, {}, draft.kind.type->id, draft.kind.scheme->id};
    RETURN_IF_ERROR(settle_sign_in(connection, actor, wanted.signed_in, purpose, given, draft, problems));
    auto checked = catalogue::validate(*dependencies.catalogue, *draft.kind.type, *draft.kind.scheme, given,
                                       catalogue::Mode::kCreate);
    add_all(problems, catalogue::as_errors(checked.problems));
    ASSIGN_OR_RETURN(const auto known, store::find_named(connection, project, wanted.name));
    if (known) {
      problems.push_back(
          base::invalid("The project has a service connection with that name already; names are compared without case",
                        "/data/attributes/name"));
    }
    if (!problems.empty()) return problems.front();
    ServiceConnection& made = draft.connection;
    made.id = ServiceConnectionId::make();
    made.organization = organization;
    made.project = project;
    made.name = wanted.name;
    made.description = wanted.description;
    made.owner = wanted.owner.value_or(actor.who.name);
    made.tags = wanted.tags;
    made.type = draft.kind.type->id;
    made.scheme = draft.kind.scheme->id;
    made.fields = plain_of(checked.values);
    made.target = checked.target.text;
    made.allow_all = wanted.allow_all;
    made.inherits_roles = wanted.inherits_roles;
    made.created_by = auth::actor_id(actor.who);
    draft.target = std::move(checked.target);
    draft.secrets = {checked.values.secrets().begin(), checked.values.secrets().end()};
    draft.values_changed = true;
    set_identity(*draft.kind.scheme, made, problems);
    if (!problems.empty()) return problems.front();
    // Nobody outside can trust a subject yet that is only being made.
    draft.verify = wanted.verify && !catalogue::has_identity(*draft.kind.scheme);
    ASSIGN_OR_RETURN(draft.references, open_references(connection, *draft.kind.scheme, made.fields));
    return draft;
  });
}

base::Result<Service::Impl::Draft> Service::Impl::draft_change(const auth::Actor& actor,
                                                               const auth::OrganizationId& organization,
                                                               const ServiceConnectionId& id, Role least,
                                                               const Change& change, Problems& problems) const {
  return dependencies.database.read([&](storage::Connection& connection) -> base::Result<Draft> {
    ASSIGN_OR_RETURN(const auto row, require(connection, actor.who, organization, id, least));
    ASSIGN_OR_RETURN(const auto viewer, viewer_of(connection, actor.who, organization));
    Draft draft;
    ServiceConnection& made = draft.connection;
    made = row.seen.connection;
    ASSIGN_OR_RETURN(draft.kind, kind_of(made));
    if (change.type && dependencies.catalogue->find_type(*change.type) != draft.kind.type) {
      problems.push_back(catalogue::cannot_change("connection-type"));
    }
    if (change.scheme && draft.kind.type->find_scheme(*change.scheme) != draft.kind.scheme) {
      problems.push_back(catalogue::cannot_change("scheme"));
    }
    if (change.name) check_name(*dependencies.catalogue, *change.name, problems);
    if (change.tags) check_tags(*change.tags, problems);
    auto given = change.given;
    RETURN_IF_ERROR(resolve_references(connection, viewer, made.project, *draft.kind.scheme, given, problems));
    ASSIGN_OR_RETURN(draft.configuration, configuration_of(connection, id, *draft.kind.scheme));
    const oauth::Purpose purpose{organization, made.project, id.str(), made.type, made.scheme};
    RETURN_IF_ERROR(settle_sign_in(connection, actor, change.signed_in, purpose, given, draft, problems));
    ASSIGN_OR_RETURN(const auto stored, values_of(connection, row, true));
    catalogue::CheckOptions options;
    options.stored = &stored;
    auto checked = catalogue::validate(*dependencies.catalogue, *draft.kind.type, *draft.kind.scheme, given,
                                       catalogue::Mode::kUpdate, options);
    add_all(problems, catalogue::as_errors(checked.problems));
    if (!problems.empty()) return problems.front();
    draft.secrets = {stored.secrets().begin(), stored.secrets().end()};
    std::erase_if(draft.secrets, [&](const auto& entry) { return !checked.values.has(entry.first); });
    for (const auto& [name, secret] : checked.values.secrets()) draft.secrets[name] = secret;
    draft.values_changed = !checked.changed.empty() || !change.signed_in.configuration.empty();
    made.fields = plain_of(checked.values);
    made.target = checked.target.text;
    set_identity(*draft.kind.scheme, made, problems);
    if (!problems.empty()) return problems.front();
    made.name = change.name.value_or(made.name);
    made.description = change.description.value_or(made.description);
    made.owner = change.owner.value_or(made.owner);
    made.tags = change.tags.value_or(made.tags);
    made.allow_all = change.allow_all.value_or(made.allow_all);
    made.inherits_roles = change.inherits_roles.value_or(made.inherits_roles);
    draft.target = std::move(checked.target);
    draft.verify = change.verify && draft.values_changed;
    ASSIGN_OR_RETURN(draft.references, open_references(connection, *draft.kind.scheme, made.fields));
    return draft;
  });
}

base::Result<Seen> Service::Impl::save_new(const auth::Actor& actor, const Draft& draft,
                                           const std::optional<Report>& report) {
  return dependencies.database.write([&](storage::Transaction& transaction) -> base::Result<Seen> {
    ServiceConnection made = draft.connection;
    RETURN_IF_ERROR(require_creator(transaction, actor.who, made.organization, made.project));
    made.created_at = made.updated_at = dependencies.clock.now();
    made.verify_after = next_verification();
    vault::SecretId secret;
    RETURN_IF_ERROR(keep_secrets(transaction, made, secret, draft.secrets));
    RETURN_IF_ERROR(store::insert(transaction, made, secret));
    RETURN_IF_ERROR(store::set_references(transaction, made.id, referred_by(*draft.kind.scheme, made)));
    RETURN_IF_ERROR(take_sign_in(transaction, draft));
    const bool is_team = actor.who.kind == auth::Principal::Kind::kTeam;
    if (is_team || actor.who.kind == auth::Principal::Kind::kUser) {
      const Subject creator{is_team ? Subject::Kind::kTeam : Subject::Kind::kUser, auth::actor_id(actor.who)};
      RETURN_IF_ERROR(store::set_role(transaction, made.id, {creator, Role::kAdministrator}));
    }
    if (report) RETURN_IF_ERROR(record(transaction, actor, made, *report, Asked::kBeforeSaving));
    RETURN_IF_ERROR(jobs::enqueue(transaction, {"connection.verify", made.id.str(), made.id.str(), made.verify_after}));
    RETURN_IF_ERROR(audit(transaction, actor, made, "create",
                          {{"type", made.type}, {"scheme", made.scheme}, {"project", made.project.str()}}));
    ASSIGN_OR_RETURN(auto row, require(transaction, actor.who, made.organization, made.id, Role::kReader));
    return std::move(row.seen);
  });
}

base::Result<Seen> Service::Impl::save_change(const auth::Actor& actor, const Draft& draft,
                                              const std::optional<Report>& report) {
  return dependencies.database.write([&](storage::Transaction& transaction) -> base::Result<Seen> {
    ServiceConnection made = draft.connection;
    ASSIGN_OR_RETURN(auto row, require(transaction, actor.who, made.organization, made.id, Role::kAdministrator));
    const ServiceConnection& before = row.seen.connection;
    if (before.revision != made.revision) {
      return base::conflict("the service connection was changed by somebody else meanwhile; look at it and try again");
    }
    made.updated_at = dependencies.clock.now();
    ++made.revision;
    if (draft.values_changed) {
      std::erase_if(made.learned, [](const auto& entry) { return entry.first != kAccount; });
      RETURN_IF_ERROR(keep_secrets(transaction, made, row.secret, draft.secrets));
      RETURN_IF_ERROR(store::set_references(transaction, made.id, referred_by(*draft.kind.scheme, made)));
      RETURN_IF_ERROR(take_sign_in(transaction, draft));
    }
    RETURN_IF_ERROR(store::update(transaction, made, row.secret));
    if (report) RETURN_IF_ERROR(record(transaction, actor, made, *report, Asked::kBeforeSaving));
    RETURN_IF_ERROR(
        audit(transaction, actor, made, "update", {{"changed", changed_names(before, made, draft.values_changed)}}));
    ASSIGN_OR_RETURN(row, require(transaction, actor.who, made.organization, made.id, Role::kReader));
    return std::move(row.seen);
  });
}

base::Result<Seen> Service::create(const auth::Actor& actor, const auth::OrganizationId& organization,
                                   const auth::ProjectId& project, const NewConnection& wanted, Problems& problems) {
  ASSIGN_OR_RETURN(auto draft, impl_->draft_new(actor, organization, project, wanted, problems));
  ASSIGN_OR_RETURN(const auto report, impl_->attempt_before_saving(actor, draft, problems));
  auto saved = impl_->save_new(actor, draft, report);
  if (!saved) impl_->give_account_back(actor, draft);
  return saved;
}

base::Result<Seen> Service::update(const auth::Actor& actor, const auth::OrganizationId& organization,
                                   const ServiceConnectionId& id, const Change& change, Problems& problems) {
  ASSIGN_OR_RETURN(auto draft, impl_->draft_change(actor, organization, id, Role::kAdministrator, change, problems));
  ASSIGN_OR_RETURN(const auto report, impl_->attempt_before_saving(actor, draft, problems));
  return impl_->save_change(actor, draft, report);
}

base::Result<Seen> Service::find(const auth::Principal& who, const auth::OrganizationId& organization,
                                 const ServiceConnectionId& id) {
  return impl_->dependencies.database.read([&](storage::Connection& connection) -> base::Result<Seen> {
    ASSIGN_OR_RETURN(auto row, Impl::require(connection, who, organization, id, Role::kReader));
    return std::move(row.seen);
  });
}

base::Result<base::Page<Seen>> Service::list(const auth::Principal& who, const auth::OrganizationId& organization,
                                             const store::Filter& filter, const base::PageRequest& page) {
  return impl_->dependencies.database.read([&](storage::Connection& connection) -> base::Result<base::Page<Seen>> {
    ASSIGN_OR_RETURN(const auto viewer, viewer_of(connection, who, organization));
    return store::list(connection, viewer, filter, page);
  });
}

base::Result<std::vector<Use>> Service::uses(const auth::Principal& who, const auth::OrganizationId& organization,
                                             const ServiceConnectionId& id) {
  return impl_->dependencies.database.read([&](storage::Connection& connection) -> base::Result<std::vector<Use>> {
    RETURN_IF_ERROR(Impl::require(connection, who, organization, id, Role::kAdministrator));
    return store::uses(connection, id);
  });
}

base::Result<bool> Service::may_create(const auth::Principal& who, const auth::OrganizationId& organization,
                                       const auth::ProjectId& project) {
  return impl_->dependencies.database.read([&](storage::Connection& connection) -> base::Result<bool> {
    ASSIGN_OR_RETURN(const auto viewer, viewer_of(connection, who, organization));
    return connections::may_create(connection, viewer, project);
  });
}

namespace {

// The names of what uses it; kConflict if there is any and nobody forces it.
base::Result<std::string> names_of_uses(storage::Connection& connection, const ServiceConnection& gone, bool force) {
  ASSIGN_OR_RETURN(const auto used, store::uses(connection, gone.id));
  std::vector<std::string> names;
  for (const auto& use : used) {
    names.push_back((use.type == "workspaces" ? "workspace '" : "service connection '") + use.name + "' (" + use.id +
                    ")");
  }
  if (!used.empty() && !force) {
    return base::conflict("the service connection '" + gone.name + "' is used by " + base::join(names, ", ") +
                          "; take it out there first, or delete it all the same with ?force=true");
  }
  return base::join(names, ", ");
}

}  // namespace

base::Result<std::vector<std::string>> Service::remove(const auth::Actor& actor,
                                                       const auth::OrganizationId& organization,
                                                       const ServiceConnectionId& id, bool force) {
  const auto may = [&](storage::Connection& connection) -> base::Result<store::Row> {
    ASSIGN_OR_RETURN(auto row, Impl::require(connection, actor.who, organization, id, Role::kAdministrator));
    RETURN_IF_ERROR(names_of_uses(connection, row.seen.connection, force));
    return row;
  };
  ASSIGN_OR_RETURN(const auto before, impl_->dependencies.database.read(may));
  // At the service first: a connection that is recorded can be deleted again, one that is gone cannot.
  const auto cleaned = impl_->remove_account(before);
  const auto done = impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, Impl::require(transaction, actor.who, organization, id, Role::kAdministrator));
    const auto& gone = row.seen.connection;
    ASSIGN_OR_RETURN(const std::string used, names_of_uses(transaction, gone, force));
    if (!row.secret.empty()) RETURN_IF_ERROR(impl_->dependencies.vault.erase(transaction, row.secret));
    RETURN_IF_ERROR(store::remove(transaction, id));
    std::map<std::string, std::string> detail{{"was_used_by", used}};
    if (!cleaned.removed.empty()) detail["removed"] = base::join(cleaned.removed, "; ");
    if (!cleaned.left.empty()) detail["left"] = base::join(cleaned.left, "; ");
    return impl_->audit(transaction, actor, gone, "delete", detail);
  });
  if (!done) return done.error();
  return cleaned.left;
}

base::Status Service::remove_all(storage::Transaction& transaction, const auth::Actor& actor,
                                 const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(const auto ids, store::all_of(transaction, organization));
  for (const auto& id : ids) {
    ASSIGN_OR_RETURN(const auto row, store::find(transaction, id));
    if (!row) continue;
    if (!row->secret.empty()) RETURN_IF_ERROR(impl_->dependencies.vault.erase(transaction, row->secret));
    RETURN_IF_ERROR(store::remove(transaction, id));
    std::map<std::string, std::string> detail;
    if (const auto left = Impl::forsaken_account(row->seen.connection); !left.empty()) detail["left"] = left;
    RETURN_IF_ERROR(impl_->audit(transaction, actor, row->seen.connection, "delete", detail));
  }
  return {};
}

}  // namespace connections
