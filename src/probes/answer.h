#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/headers.h"

// Looking into what an HTTP service answered. Pure functions over bytes that anybody may have sent.
namespace probes {

// The value at a path of the catalogue: "a.b.c", "$" (all of it), "list[0].value (base64)",
// "resources[@type^='PackagePublish'].@id", "token|access_token" (the first that is there). Text as it is, other
// values as JSON; nothing if there is none, or null.
std::optional<std::string> json_at(const nlohmann::json& json, std::string_view path);

// The local name of the root element, or nothing if this is no XML.
std::optional<std::string> xml_root(std::string_view text);
// The text of the first element with this local name; of "A.B" the first B after the first A.
std::optional<std::string> xml_text(std::string_view text, std::string_view path);

// A part of a WWW-Authenticate value (RFC 9110 section 11.6.1) of the first challenge: "scheme" (in lower case), or a
// parameter such as "realm".
std::optional<std::string> challenge_part(std::string_view value, std::string_view part);

// "text/html" of "Text/HTML; charset=utf-8".
std::string media_type(const base::Headers& headers);

// What in a failed answer is meant for people: a member like error_description or message, a title, or the text.
std::string own_words(const base::Headers& headers, std::string_view body);

// Whether an address looks like that of a sign-in page.
bool is_sign_in(std::string_view url);

}  // namespace probes
