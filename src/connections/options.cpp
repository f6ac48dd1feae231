#include "connections/options.h"

#include <algorithm>

#include "auth/audit.h"
#include "base/strings.h"
#include "catalogue/live_options.h"
#include "connections/service_impl.h"

// Choices of a form that the outside service is asked for.
namespace connections {
namespace {

bool is_among(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

base::Result<const catalogue::Parameter*> parameter_named(const catalogue::Scheme& scheme, const std::string& name) {
  std::vector<std::string> live;
  for (const auto& parameter : scheme.parameters) {
    if (!catalogue::live_options(scheme, parameter)) continue;
    if (parameter.id == name) return &parameter;
    live.push_back(parameter.id);
  }
  return base::invalid("The scheme " + scheme.id + " has no field '" + base::printable(name) +
                           "' whose choices come from the service. " +
                           (live.empty() ? "It has no such field" : "It has: " + base::join(live, ", ")),
                       "/data/attributes/parameter");
}

// What the question needs; a half-filled form has more, and none of that is looked at. A sign-in may need any of it.
catalogue::Given needed_of(const catalogue::Given& given, const catalogue::LiveOptions& live) {
  catalogue::Given needed = given;
  needed.cleared.clear();
  if (live.reference.empty()) return needed;
  std::erase_if(needed.values, [&](const auto& entry) { return !is_among(live.needs, entry.first); });
  return needed;
}

void add_problems(const catalogue::Checked& checked, const catalogue::LiveOptions& live, Problems& problems) {
  for (const auto& problem : checked.problems) {
    if (!is_among(live.needs, problem.parameter)) continue;
    problems.push_back(base::invalid(problem.message, problem.pointer));
  }
}

}  // namespace

base::Result<Options> Service::options(const auth::Actor& actor, const auth::OrganizationId& organization,
                                       const auth::ProjectId& project, const OptionsWanted& wanted,
                                       Problems& problems) {
  if (!impl_->dependencies.lister) return base::unavailable("nothing here can ask services for choices");
  Impl::Draft draft;
  catalogue::Values values;
  const catalogue::Parameter* parameter = nullptr;
  // Writing, so that no credential is opened without its line in the audit log.
  const auto ready = impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    problems.clear();
    draft = {};
    RETURN_IF_ERROR(Impl::require_creator(transaction, actor.who, organization, project));
    ASSIGN_OR_RETURN(const auto viewer, viewer_of(transaction, actor.who, organization));
    ASSIGN_OR_RETURN(draft.kind, impl_->kind_named(wanted.type, wanted.scheme));
    const auto& scheme = *draft.kind.scheme;
    ASSIGN_OR_RETURN(parameter, parameter_named(scheme, wanted.parameter));
    const auto live = *catalogue::live_options(scheme, *parameter);
    auto given = needed_of(wanted.given, live);
    RETURN_IF_ERROR(Impl::resolve_references(transaction, viewer, project, scheme, given, problems));
    const oauth::Purpose purpose{organization, project, {}, draft.kind.type->id, scheme.id};
    RETURN_IF_ERROR(impl_->settle_sign_in(transaction, actor, wanted.signed_in, purpose, given, draft, problems));
    auto checked = catalogue::validate(catalogue(), *draft.kind.type, scheme, given, catalogue::Mode::kCreate);
    add_problems(checked, live, problems);
    if (!problems.empty()) return problems.front();
    draft.connection.organization = organization;
    draft.connection.fields = {checked.values.plain().begin(), checked.values.plain().end()};
    values = std::move(checked.values);
    draft.target = std::move(checked.target);
    ASSIGN_OR_RETURN(draft.references, impl_->open_references(transaction, scheme, draft.connection.fields));
    for (const auto& one : draft.references.connections) {
      RETURN_IF_ERROR(impl_->audit(transaction, actor, organization, "service-connection.use", one.id,
                                   {{"name", one.name},
                                    {"for", "options"},
                                    {"type", draft.kind.type->id},
                                    {"scheme", scheme.id},
                                    {"parameter", parameter->id},
                                    {"project", project.str()}}));
    }
    return {};
  });
  if (!ready) return ready.error();
  auto attempt = Impl::attempt_of(draft, values);
  attempt.subject.clear();  // it is never saved: no token of this server speaks of it
  return impl_->dependencies.lister(attempt, *parameter);
}

}  // namespace connections
