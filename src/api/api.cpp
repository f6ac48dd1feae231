#include "api/api.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "logging/log.h"

namespace api {
namespace {

constexpr const char* kJsonApi = "application/vnd.api+json";

http::Response answer(int status, std::string body, const std::string& content_type) {
  http::Response response{.status = status};
  response.headers.set("Content-Type", content_type);
  response.body = std::move(body);
  return response;
}

// JSON:API and JSON, alone or with the one charset JSON has (RFC 8259 section 8.1). Other parameters are refused, as
// https://jsonapi.org/format/#content-negotiation-servers asks.
bool is_json_type(std::string_view header) {
  const auto parts = base::split(header, ';');
  const std::string type = base::to_lower(base::trim(parts.front()));
  if (type != kJsonApi && type != "application/json") return false;
  return std::all_of(parts.begin() + 1, parts.end(), [](const std::string& part) {
    const std::string parameter = base::to_lower(base::trim(part));
    return parameter.empty() || parameter == "charset=utf-8" || parameter == "charset=\"utf-8\"";
  });
}

bool is_for_the_log(base::Code code) {
  return code == base::Code::kInternal || code == base::Code::kUpstream || code == base::Code::kUnavailable;
}

void log_problem(const http::Request& request, const base::Error& error) {
  if (!is_for_the_log(error.code) && error.detail.empty()) return;
  logging::log(is_for_the_log(error.code) ? logging::Level::kError : logging::Level::kInfo, "request failed",
               {{"method", http::method_name(request.method)}, {"path", request.path}, {"error", error}});
}

std::string seconds_up(std::chrono::milliseconds wait) {
  return std::to_string(std::max<std::int64_t>(1, (wait.count() + 999) / 1000));
}

}  // namespace

http::Response ok(const jsonapi::Resource& resource, const std::vector<jsonapi::Resource>& included) {
  return json(200, jsonapi::document(resource, included));
}

http::Response created(const jsonapi::Resource& resource, const std::vector<jsonapi::Resource>& included) {
  return json(201, jsonapi::document(resource, included));
}

http::Response accepted() { return {.status = 202}; }
http::Response no_content() { return {.status = 204}; }

http::Response json(int status, const std::string& text, const std::string& content_type) {
  return answer(status, text, content_type);
}

http::Response plain(int status, const std::string& text) { return answer(status, text, "text/plain; charset=utf-8"); }

http::Response error(const http::Request& request, const base::Error& error) {
  return errors(request, std::vector<base::Error>{error});
}

http::Response errors(const http::Request& request, const std::vector<base::Error>& errors) {
  const base::Error first = errors.empty() ? base::internal("an error answer without errors") : errors.front();
  for (const base::Error& one : errors) log_problem(request, one);
  http::Response response =
      json(jsonapi::http_status(first.code),
           jsonapi::error_document(errors.empty() ? std::vector{first} : errors, request.request_id));
  if (first.code == base::Code::kUnauthorized) response.headers.set("WWW-Authenticate", "Bearer");
  if (first.retry_after) {
    response.headers.set("Retry-After", seconds_up(*first.retry_after));
  } else if (first.code == base::Code::kUnavailable) {
    response.headers.set("Retry-After", "1");
  }
  return response;
}

void add_version_headers(http::Response& response) {
  response.headers.set("TFP-API-Version", "2.6");
  response.headers.set("TFP-AppName", "Terraform Enterprise");
  response.headers.set("X-TFE-Version", kTerraformEnterpriseVersion);
  response.headers.set("X-TFE-Current-Version", kTerraformEnterpriseCurrentVersion);
}

base::Result<base::PageRequest> page(const http::Request& request) {
  return jsonapi::page_request(request.query_value("page[number]"), request.query_value("page[size]"));
}

bool asks_for_page(const http::Request& request) {
  return request.query_value("page[number]").has_value() || request.query_value("page[size]").has_value();
}

http::Response list(const http::Request& request, const std::vector<jsonapi::Resource>& resources,
                    const base::PageRequest& page, std::int64_t total, const std::vector<jsonapi::Resource>& included) {
  return json(200, jsonapi::list_document(resources, page, total, request.target, included));
}

http::Response list(const http::Request& request, const std::vector<jsonapi::Resource>& resources,
                    const std::vector<jsonapi::Resource>& included) {
  return json(200, jsonapi::list_document(resources, request.target, included));
}

std::set<std::string> includes(const http::Request& request) {
  std::set<std::string> names;
  for (const std::string& value : filter(request, "include")) names.insert(base::replace_all(value, "-", "_"));
  return names;
}

std::vector<std::string> filter(const http::Request& request, const std::string& name) {
  std::vector<std::string> values;
  for (const auto& [key, value] : request.query) {
    if (key != name) continue;
    for (const std::string& part : base::split(value, ',')) {
      if (!base::trim(part).empty()) values.emplace_back(base::trim(part));
    }
  }
  return values;
}

base::Result<jsonapi::Document> document(const http::Request& request, jsonapi::Document::Body rule) {
  const bool is_empty = base::trim(request.body).empty();
  if (!is_empty && !is_json_type(request.headers.get_or("Content-Type"))) {
    return base::Error{base::Code::kUnsupported,
                       "Send the body as Content-Type: application/vnd.api+json (or application/json), without other "
                       "parameters."};
  }
  return jsonapi::Document::parse(request.body, rule);
}

}  // namespace api
