// The documents that go out: resources, lists, errors.
#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "jsonapi/resource.h"

namespace jsonapi {
namespace {

constexpr std::int64_t kLargestPage = 100;
constexpr std::int64_t kDefaultPage = 20;
constexpr std::int64_t kLargestNumber = 1'000'000'000'000;  // number × size stays far inside 64 bits

struct CodeText {
  base::Code code;
  int status;
  const char* title;
};
constexpr CodeText kCodes[] = {
    {base::Code::kMalformed, 400, "bad request"},
    {base::Code::kUnauthorized, 401, "unauthorized"},
    {base::Code::kForbidden, 403, "forbidden"},
    {base::Code::kNotFound, 404, "not found"},
    {base::Code::kConflict, 409, "conflict"},
    {base::Code::kTooLarge, 413, "payload too large"},
    {base::Code::kUnsupported, 415, "unsupported media type"},
    {base::Code::kInvalid, 422, "invalid attribute"},
    {base::Code::kRateLimited, 429, "too many requests"},
    {base::Code::kUpstream, 502, "bad gateway"},
    {base::Code::kUnavailable, 503, "service unavailable"},
    {base::Code::kInternal, 500, "internal error"},
};

const CodeText& text_of(base::Code code) {
  for (const CodeText& text : kCodes) {
    if (text.code == code) return text;
  }
  return kCodes[std::size(kCodes) - 1];
}

Json list_json(const std::vector<Resource>& resources) {
  Json list = Json::array();
  for (const Resource& resource : resources) list.push_back(to_json(resource));
  return list;
}

// The request's path and query with another page number.
class PageUrl {
 public:
  PageUrl(const std::string& url, std::int64_t size) : size_(size) {
    const std::size_t mark = url.find('?');
    start_ = url.substr(0, mark) + "?";
    if (mark == std::string::npos) return;
    for (const std::string& part : base::split(url.substr(mark + 1), '&')) {
      const std::string name = base::url_decode(part.substr(0, part.find('='))).value_or("");
      if (!part.empty() && name != "page[number]" && name != "page[size]") start_ += part + "&";
    }
  }
  std::string to(std::int64_t number) const {
    return start_ + "page%5Bnumber%5D=" + std::to_string(number) + "&page%5Bsize%5D=" + std::to_string(size_);
  }

 private:
  std::string start_;
  std::int64_t size_;
};

base::Result<std::int64_t> page_value(const std::optional<std::string>& text, const char* name, std::int64_t fallback,
                                      std::int64_t largest) {
  if (!text || text->empty()) return fallback;
  const auto value = base::to_integer(*text);
  if (!value) {
    return base::malformed("The query parameter " + std::string(name) + " must be a whole number, not \"" +
                           base::printable(*text) + "\".");
  }
  return std::clamp<std::int64_t>(*value, 1, largest);
}

}  // namespace

Resource& Resource::to_one(const std::string& name, const std::string& other_type, const std::string& other_id,
                           const std::string& related) {
  Json value = Json::object();
  if (other_id.empty()) {
    value["data"] = nullptr;
  } else {
    value["data"] = {{"id", other_id}, {"type", other_type}};
  }
  if (!related.empty()) value["links"] = {{"related", related}};
  relationships[name] = std::move(value);
  return *this;
}

Resource& Resource::to_many(const std::string& name, const std::string& other_type, const std::vector<std::string>& ids,
                            const std::string& related) {
  Json data = Json::array();
  for (const std::string& other_id : ids) data.push_back({{"id", other_id}, {"type", other_type}});
  Json value = {{"data", std::move(data)}};
  if (!related.empty()) value["links"] = {{"related", related}};
  relationships[name] = std::move(value);
  return *this;
}

Json to_json(const Resource& resource) {
  Json json = {{"id", resource.id}, {"type", resource.type}, {"attributes", resource.attributes}};
  if (!resource.relationships.empty()) json["relationships"] = resource.relationships;
  if (!resource.links.empty()) json["links"] = resource.links;
  return json;
}

std::string document(const Resource& resource, const std::vector<Resource>& included) {
  Json json = {{"data", to_json(resource)}};
  if (!included.empty()) json["included"] = list_json(included);
  return dump(json);
}

std::string list_document(const std::vector<Resource>& resources, const base::PageRequest& request, std::int64_t total,
                          const std::string& url, const std::vector<Resource>& included) {
  const std::int64_t last = std::max<std::int64_t>(1, (total + request.size - 1) / request.size);
  const bool has_previous = request.number > 1;
  const bool has_next = request.number < last;
  const std::int64_t previous = std::min(request.number - 1, last);
  const PageUrl page(url, request.size);
  Json json = {{"data", list_json(resources)}};
  if (!included.empty()) json["included"] = list_json(included);
  json["links"] = {{"self", page.to(request.number)},
                   {"first", page.to(1)},
                   {"prev", has_previous ? Json(page.to(previous)) : Json()},
                   {"next", has_next ? Json(page.to(request.number + 1)) : Json()},
                   {"last", page.to(last)}};
  json["meta"]["pagination"] = {{"current-page", request.number},
                                {"page-size", request.size},
                                {"prev-page", has_previous ? Json(previous) : Json()},
                                {"next-page", has_next ? Json(request.number + 1) : Json()},
                                {"total-pages", last},
                                {"total-count", total}};
  return dump(json);
}

std::string list_document(const std::vector<Resource>& resources, const std::string& url,
                          const std::vector<Resource>& included) {
  const auto count = static_cast<std::int64_t>(resources.size());
  return list_document(resources, {1, std::max(count, kDefaultPage)}, count, url, included);
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): both are made for the call
base::Result<base::PageRequest> page_request(std::optional<std::string> number, std::optional<std::string> size) {
  base::PageRequest request;
  ASSIGN_OR_RETURN(request.number, page_value(number, "page[number]", 1, kLargestNumber));
  ASSIGN_OR_RETURN(request.size, page_value(size, "page[size]", kDefaultPage, kLargestPage));
  return request;
}

std::string error_document(const std::vector<base::Error>& errors, std::string_view request_id) {
  Json list = Json::array();
  for (const base::Error& error : errors) {
    Json one = {{"id", std::string(request_id)},
                {"status", std::to_string(http_status(error.code))},
                {"code", base::code_name(error.code)},
                {"title", text_of(error.code).title},
                {"detail", error.message}};
    if (!error.pointer.empty()) one["source"] = {{"pointer", error.pointer}};
    list.push_back(std::move(one));
  }
  return dump({{"errors", std::move(list)}});
}

int http_status(base::Code code) { return text_of(code).status; }

}  // namespace jsonapi
