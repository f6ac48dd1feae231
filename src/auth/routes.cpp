#include "auth/routes.h"

#include <iterator>
#include <utility>

#include "auth/route_parts.h"
#include "base/ascii.h"
#include "base/strings.h"

namespace auth {
namespace {

template <class IdType, class Find>
OwnerLookup owner_by(Find find) {
  return [find](storage::Connection& connection, const std::string& id) -> base::Result<std::optional<OrganizationId>> {
    ASSIGN_OR_RETURN(const auto found, find(connection, IdType(id)));
    if (!found) return std::optional<OrganizationId>();
    return std::optional<OrganizationId>(found->organization);
  };
}

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == text.npos &&
         text.find_first_of(" \t,;<>\"") == text.npos;
}

}  // namespace

std::vector<http::Route> routes(Service& service) {
  std::vector<http::Route> all;
  for (auto part : {organization_routes(service), user_routes(service), membership_routes(service),
                    team_routes(service), project_routes(service), token_routes(service)}) {
    std::move(part.begin(), part.end(), std::back_inserter(all));
  }
  return all;
}

void register_owners(Guard& guard) {
  guard.register_owner("team_id",
                       owner_by<TeamId>([](auto& connection, const TeamId& id) { return find_team(connection, id); }));
  guard.register_owner("project_id", owner_by<ProjectId>([](auto& connection, const ProjectId& id) {
                         return find_project(connection, id);
                       }));
  guard.register_owner(
      "organization_membership_id",
      owner_by<MembershipId>([](auto& connection, const MembershipId& id) { return find_membership(connection, id); }));
}

http::Handler wrap(Service& service, ServiceHandler handler) {
  return [&service, handler](const http::Request& request) { return handler(service, request); };
}

jsonapi::Member<std::string> email_member(jsonapi::Document& document, std::string_view name) {
  auto member = document.line(name);
  if (!member.has_value() || is_email(*member)) return member;
  document.problem(name, "The attribute \"" + std::string(name) + "\" must be an e-mail address.");
  return {};
}

jsonapi::Member<std::string> name_member(jsonapi::Document& document, std::string_view name, std::string_view others,
                                         std::size_t max_bytes) {
  auto member = document.line(name, max_bytes);
  if (!member.has_value()) return member;
  if (!base::trim(*member).empty() && base::is_made_of(*member, others)) return member;
  document.problem(name, "The attribute \"" + std::string(name) + "\" must be 1 to " + std::to_string(max_bytes) +
                             " characters: letters, digits and \"" + std::string(others) + "\".");
  return {};
}

jsonapi::Member<std::string> execution_mode_member(jsonapi::Document& document, std::string_view name) {
  auto member = document.text(name);
  if (!member.has_value() || *member == "remote" || *member == "local") return member;
  document.problem(name, *member == "agent" ? "Agent pools are not available here; use \"remote\" or \"local\"."
                                            : "The execution mode must be \"remote\" or \"local\".");
  return {};
}

}  // namespace auth
