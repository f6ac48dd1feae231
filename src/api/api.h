#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/page.h"
#include "base/result.h"
#include "http/request.h"
#include "jsonapi/document.h"
#include "jsonapi/resource.h"

// The glue between HTTP and JSON:API that every routes.cpp uses: decode, one service call, encode.
namespace api {

http::Response ok(const jsonapi::Resource& resource, const std::vector<jsonapi::Resource>& included = {});
http::Response created(const jsonapi::Resource& resource, const std::vector<jsonapi::Resource>& included = {});
http::Response accepted();    // 202, empty
http::Response no_content();  // 204
http::Response json(int status, const std::string& text, const std::string& content_type = "application/vnd.api+json");
http::Response plain(int status, const std::string& text);

// Error answers carry the request's id; `detail` of the error is not sent but logged, as is every 5xx. The status is
// that of the first error.
http::Response error(const http::Request& request, const base::Error& error);
http::Response errors(const http::Request& request, const std::vector<base::Error>& errors);

// What Terraform Cloud's clients read from any answer to judge what the server can do. The guard puts them on every
// answer below /api/ and /.well-known/.
inline constexpr const char* kTerraformEnterpriseVersion = "v202505-1";
inline constexpr const char* kTerraformEnterpriseCurrentVersion = "1.0.0";
void add_version_headers(http::Response& response);

// The page asked for, or kMalformed.
base::Result<base::PageRequest> page(const http::Request& request);
bool asks_for_page(const http::Request& request);
http::Response list(const http::Request& request, const std::vector<jsonapi::Resource>& resources,
                    const base::PageRequest& page, std::int64_t total,
                    const std::vector<jsonapi::Resource>& included = {});
// Unpaged lists.
http::Response list(const http::Request& request, const std::vector<jsonapi::Resource>& resources,
                    const std::vector<jsonapi::Resource>& included = {});

// Names in ?include=, with '_' for '-' ("current_run", "current_run.plan"). Unknown names are for the caller to skip.
std::set<std::string> includes(const http::Request& request);
// All values of a query parameter, comma-joined values split ("filter[status]=a,b" → a, b).
std::vector<std::string> filter(const http::Request& request, const std::string& name);

// The body as a document; kUnsupported (415) for a content type other than JSON:API or JSON on a body.
base::Result<jsonapi::Document> document(const http::Request& request,
                                         jsonapi::Document::Body rule = jsonapi::Document::Body::kRequired);

}  // namespace api

// In a handler: RETURN_PROBLEM(request, expression) answers the error of a failed Result;
// HANDLE(auto value, request, expression) takes its value or answers.
#define RETURN_PROBLEM(request, ...)                                        \
  do {                                                                      \
    if (auto return_problem_result = (__VA_ARGS__); !return_problem_result) \
      return ::api::error(request, return_problem_result.error());          \
  } while (false)
#define BRIDGE_HANDLE(temporary, declaration, request, ...)        \
  auto temporary = (__VA_ARGS__);                                  \
  if (!temporary) return ::api::error(request, temporary.error()); \
  declaration = *std::move(temporary)
#define HANDLE(declaration, request, ...) \
  BRIDGE_HANDLE(BRIDGE_CONCAT(handle_result_, __LINE__), declaration, request, __VA_ARGS__)
