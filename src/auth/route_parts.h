#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/api.h"
#include "auth/guard.h"
#include "auth/routes.h"
#include "auth/service.h"

// What the route files of this folder share.
namespace auth {

std::vector<http::Route> organization_routes(Service& service);
std::vector<http::Route> user_routes(Service& service);
std::vector<http::Route> membership_routes(Service& service);
std::vector<http::Route> team_routes(Service& service);
std::vector<http::Route> project_routes(Service& service);
std::vector<http::Route> token_routes(Service& service);

// The single token of a team ("team") or an organization: GET, POST and DELETE …/authentication-token.
http::Response get_single_token(Service& service, const http::Request& request, const NewToken& owner);
http::Response post_single_token(Service& service, const http::Request& request, NewToken owner);
http::Response delete_single_token(Service& service, const http::Request& request, const NewToken& owner);
http::Response list_tokens_of(Service& service, const http::Request& request, TokenKind kind, const std::string& owner);
http::Response post_token(Service& service, const http::Request& request, NewToken wanted);

jsonapi::Resource user_resource(const User& user, const Principal& reader);

// A function of a handler: `wrap(service, &get_team)`.
using ServiceHandler = http::Response (*)(Service&, const http::Request&);
http::Handler wrap(Service& service, ServiceHandler handler);

// What a PATCH changes: each member that came and is good, as a step on the current row.
template <class Row>
class Changes {
 public:
  // A value; null is a problem, absent leaves the row alone.
  template <class T>
  void set(jsonapi::Document& document, std::string_view name, const jsonapi::Member<T>& member, T Row::*field) {
    if (!member.present) return;
    if (!member.has_value()) return document.problem(name, "The attribute must not be null.");
    steps_.push_back([value = *member, field](Row& row) { row.*field = value; });
  }
  // A value, or null to clear.
  template <class T>
  void set_or_clear(const jsonapi::Member<T>& member, std::optional<T> Row::*field) {
    if (!member.present) return;
    steps_.push_back([value = member.value, field](Row& row) { row.*field = value; });
  }
  void add(std::function<void(Row&)> step) { steps_.push_back(std::move(step)); }
  void apply(Row& row) const {
    for (const auto& step : steps_) step(row);
  }

 private:
  std::vector<std::function<void(Row&)>> steps_;
};

// Problems are added to the document.
jsonapi::Member<std::string> email_member(jsonapi::Document& document, std::string_view name);
// Letters, digits and `others`, at most `max_bytes`.
jsonapi::Member<std::string> name_member(jsonapi::Document& document, std::string_view name, std::string_view others,
                                         std::size_t max_bytes);
// "remote" or "local".
jsonapi::Member<std::string> execution_mode_member(jsonapi::Document& document, std::string_view name);

}  // namespace auth
