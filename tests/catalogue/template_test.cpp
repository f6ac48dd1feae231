#include "catalogue/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/strings.h"
#include "tests/support/connection_values.h"

namespace catalogue {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

class Template : public testing::Test {
 protected:
  Template() {
    values_.set("username", "a b&\"<'");
    values_.set("empty", "");
    values_.set("flag", "true");
    values_.set("off", "false");
    values_.set("url", "https://npm.example.com/team/");
    values_.set_secret("password", base::Secret("p:w"));
    context_.values = &values_;
    context_.name = "my feed-1";
    context_.dir = "/run/x";
    target_ = split_target(*Catalogue::builtin()->find_type("generic"), "https://github.com/a?k=v");
    context_.target = &target_;
    context_.azure = Catalogue::builtin()->find_azure_environment("AzureUSGovernment");
    files_.emplace("key", "/run/x/key.pem");
    context_.files = &files_;
    steps_.captures.emplace("whoami.login", base::Secret("octo"));
    context_.steps = &steps_;
    references_.emplace("sub.arm_url", base::Secret("https://arm/"));
    context_.references = &references_;
  }

  std::string text(std::string_view source) {
    const auto out = render(source, context_);
    return out ? out->text.reveal() : "ERROR " + out.error().message;
  }

  Values values_;
  TargetText target_;
  StepFacts steps_;
  std::map<std::string, std::string, std::less<>> files_;
  std::map<std::string, base::Secret, std::less<>> references_;
  Context context_;
};

TEST_F(Template, NamesBecomeValues) {
  EXPECT_EQ(text("[{{username}}] [{{nothing}}] [{{empty}}]"), "[a b&\"<'] [] []");
  EXPECT_EQ(text("{{name}} {{name_env}} {{dir}} {{file:key}}"), "my feed-1 MY_FEED_1 /run/x /run/x/key.pem");
  EXPECT_EQ(text("{{target}} {{target.origin}} {{target.host}} {{target.query.k}}"),
            "https://github.com/a?k=v https://github.com github.com v");
  EXPECT_EQ(text("{{azure.authority}} {{azure.nothing}}"), "https://login.microsoftonline.us/ ");
  EXPECT_EQ(text("{{ref:sub.arm_url}} {{whoami.login}}"), "https://arm/ octo");
  EXPECT_EQ(text("{{basic:username,password}}"), base::to_base64("a b&\"<':p:w"));
}

TEST_F(Template, RandomOnesDiffer) {
  EXPECT_THAT(text("{{random}}"), MatchesRegex("[0-9a-f]{16}"));
  EXPECT_NE(text("{{random}}"), text("{{random}}"));
  EXPECT_THAT(text("{{uuid}}"), MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST_F(Template, FiltersConvert) {
  EXPECT_EQ(text("{{password|base64}}"), "cDp3");
  EXPECT_EQ(text("{{username|urlencode}}"), "a%20b%26%22%3C%27");
  EXPECT_EQ(text("{{username|json}}"), "a b&\\\"<'");
  EXPECT_EQ(text("{{username|xml}}"), "a b&amp;&quot;&lt;&apos;");
  EXPECT_EQ(text("{{url|trim_slash}}"), "https://npm.example.com/team");
  EXPECT_EQ(text("{{url|no_scheme}}"), "npm.example.com/team/");
  EXPECT_EQ(text("{{name_env|lower}}"), "my_feed_1");
  EXPECT_EQ(text("{{url|nerf}}"), "//npm.example.com/team/");
  EXPECT_EQ(text("{{username|yaml_quote}}"), "\"a b&\\\"<'\"");
  EXPECT_EQ(text("{{username|ruby_quote}}"), "'a b&\"<\\''");
  EXPECT_EQ(text("{{username|connection_value}}"), "\"a b&\"\"<'\"");
  EXPECT_EQ(text("{{empty|default:us-east-1}} {{flag|default:x}}"), "us-east-1 true");
  EXPECT_EQ(text("{{username|urlencode|lower}}"), "a%20b%26%22%3c%27");
}

TEST_F(Template, DockerHubHasOneKeyInEverySpelling) {
  for (const char* url : {"docker.io", "https://docker.io", "https://index.docker.io/v1/", "registry-1.docker.io",
                          "https://hub.docker.com/"}) {
    values_.set("registry", url);
    EXPECT_EQ(text("{{registry|registry_key}}"), "https://index.docker.io/v1/") << url;
  }
  values_.set("registry", "https://Registry.example.com:5443/v2/");
  EXPECT_EQ(text("{{registry|registry_key}}"), "registry.example.com:5443");
}

TEST_F(Template, APfxBecomesPem) {
  values_.set_secret("pfx", base::Secret(test::identity().pfx_base64));
  values_.set_secret("password", base::Secret("pfx-password"));
  EXPECT_THAT(text("{{pfx|file_pem}}"),
              testing::AllOf(StartsWith("-----BEGIN CERTIFICATE"), HasSubstr("BEGIN PRIVATE KEY")));
  values_.set_secret("password", base::Secret("another"));
  EXPECT_THAT(text("{{pfx|file_pem}}"), StartsWith("ERROR The PFX cannot be opened"));
}

TEST_F(Template, BlocksKeepOrDropTheirText) {
  EXPECT_EQ(text("a{{#flag}}b{{/flag}}{{#off}}c{{/off}}{{#nothing}}d{{/nothing}}{{^off}}e{{/off}}{{^flag}}f{{/flag}}"),
            "abe");
  EXPECT_EQ(text("{{#flag}}{{#off}}x{{/off}}y{{/flag}}"), "y");
  EXPECT_EQ(text("{{#off}}{{#flag}}x{{/flag}}y{{/off}}"), "");
  EXPECT_EQ(text("{{#if_host a.b,GitHub.com}}A{{else}}B{{/if_host}}"), "A");
  EXPECT_EQ(text("{{#if_host a.b}}A{{else}}B{{/if_host}}"), "B");
  EXPECT_EQ(text("{{#if_prefix url https://npm}}A{{else}}B{{/if_prefix}}"), "A");
  EXPECT_EQ(text("{{#if_prefix nothing x}}A{{else}}B{{/if_prefix}}"), "B");
}

TEST_F(Template, ValuesAreNotReadAsTemplates) {
  values_.set("username", "{{password}}");
  EXPECT_EQ(text("{{username}}"), "{{password}}");
}

TEST_F(Template, WhatHoldsASecretSaysSo) {
  EXPECT_FALSE(render("{{username}}", context_)->secret);
  EXPECT_TRUE(render("x{{password|base64}}", context_)->secret);
  EXPECT_TRUE(render("{{basic:username,password}}", context_)->secret);
  EXPECT_TRUE(render("{{whoami.login}}", context_)->secret);
  EXPECT_FALSE(render("{{#off}}{{password}}{{/off}}", context_)->secret);
}

TEST_F(Template, WhatIsNotWellFormedIsRefusedWithItsPlace) {
  const std::pair<const char*, const char*> broken[] = {
      {"ab{{username", "byte 2"},
      {"{{#flag}}x", "not closed"},
      {"{{/flag}}", "closes nothing"},
      {"{{#flag}}{{/off}}", "closes"},
      {"{{else}}", "not expected"},
      {"{{}}", "name is missing"},
      {"{{x|nothing}}", "no filter"},
      {"{{#if_foo a}}{{/if_foo}}", "no block"},
      {"{{#if_prefix a}}{{/if_prefix}}", "needs a name"},
      {"{{#flag}}{{else}}{{/flag}}", "not expected"},
  };
  for (const auto& [source, what] : broken) {
    EXPECT_THAT(text(source), testing::AllOf(StartsWith("ERROR"), HasSubstr(what))) << source;
    EXPECT_FALSE(check_template(source)) << source;
  }
}

TEST_F(Template, TheResultIsBounded) {
  values_.set("large", std::string(100'000, 'x'));
  std::string source;
  for (int i = 0; i < 100; ++i) source += "{{large}}";
  EXPECT_THAT(text(source), HasSubstr("larger than"));
}

TEST_F(Template, ManyBlocksOverALargeValueTakeNoTime) {
  values_.set("large", std::string(1'000'000, 'x'));
  std::string source;
  for (int i = 0; i < 20'000; ++i) source += "{{#large}}{{/large}}{{#if_prefix large y}}{{/if_prefix}}";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(text(source), "");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST_F(Template, AFiltersWorkIsBounded) {
  values_.set("large", std::string(1'000'000, '/'));
  std::string source;
  for (int i = 0; i < 1'000; ++i) source += "{{large|trim_slash}}";
  EXPECT_THAT(text(source), HasSubstr("larger than"));
}

TEST(TemplateCheck, NamesThatDoNotExistAreFoundInBothBranches) {
  const auto knows = [](std::string_view name) { return name == "token"; };
  EXPECT_TRUE(check_template("{{token}}{{#if_prefix token x}}{{target.host}}{{else}}{{name}}{{/if_prefix}}", knows));
  EXPECT_FALSE(check_template("{{#if_prefix token x}}a{{else}}{{tokn}}{{/if_prefix}}", knows));
  EXPECT_FALSE(check_template("{{#tokn}}a{{/tokn}}", knows));
  EXPECT_FALSE(check_template("{{basic:token,pass}}", knows));
}

}  // namespace
}  // namespace catalogue
