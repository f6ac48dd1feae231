package compat

import (
	"context"
	"errors"
	"testing"

	tfe "github.com/hashicorp/go-tfe"
)

func TestClientRecognizesTheServer(t *testing.T) {
	client := newClient(t)
	equal(t, "API version", client.RemoteAPIVersion(), "2.6")
	isTrue(t, "an enterprise server", client.IsEnterprise())
	user, err := client.Users.ReadCurrent(context.Background())
	must(t, err)
	isTrue(t, "the user has a name", user.Username != "")
}

func TestBadTokenIsUnauthorized(t *testing.T) {
	client, err := tfe.NewClient(&tfe.Config{Address: address(t), Token: "not-a-token"})
	if err == nil {
		_, err = client.Organizations.List(context.Background(), nil)
	}
	isTrue(t, "unauthorized", errors.Is(err, tfe.ErrUnauthorized))
}

func TestOrganizationsAreReadListedAndChanged(t *testing.T) {
	ctx := context.Background()
	client := newClient(t)
	made := newOrganization(t, client)
	equal(t, "email", made.Email, "admin@example.com")
	isTrue(t, "created-at is a time", !made.CreatedAt.IsZero())
	isTrue(t, "may create workspaces", made.Permissions.CanCreateWorkspace)
	read, err := client.Organizations.Read(ctx, made.Name)
	must(t, err)
	isTrue(t, "has a default project", read.DefaultProject != nil && read.DefaultProject.ID != "")
	changed, err := client.Organizations.Update(ctx, made.Name,
		tfe.OrganizationUpdateOptions{Email: tfe.String("other@example.com")})
	must(t, err)
	equal(t, "changed email", changed.Email, "other@example.com")
	entitlements, err := client.Organizations.ReadEntitlements(ctx, made.Name)
	must(t, err)
	isTrue(t, "has operations", entitlements.Operations)
	isTrue(t, "has VCS integrations", entitlements.VCSIntegrations)
	list, err := client.Organizations.List(ctx, &tfe.OrganizationListOptions{Query: made.Name})
	must(t, err)
	equal(t, "organizations found", len(list.Items), 1)
	equal(t, "total count", list.TotalCount, 1)
	beyond, err := client.Organizations.List(ctx, &tfe.OrganizationListOptions{
		Query: made.Name, ListOptions: tfe.ListOptions{PageNumber: 999, PageSize: 100}})
	must(t, err)
	equal(t, "organizations on page 999", len(beyond.Items), 0)
	equal(t, "current page", beyond.CurrentPage, 999)
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	_, err := newClient(t).Organizations.Read(context.Background(), "compat-nothing")
	isTrue(t, "not found", errors.Is(err, tfe.ErrResourceNotFound))
}

func TestTeamsProjectsAndTheirTokens(t *testing.T) {
	ctx := context.Background()
	client := newClient(t)
	organization := newOrganization(t, client)
	team, err := client.Teams.Create(ctx, organization.Name, tfe.TeamCreateOptions{
		Name:               tfe.String("platform"),
		OrganizationAccess: &tfe.OrganizationAccessOptions{ManageWorkspaces: tfe.Bool(true)},
	})
	must(t, err)
	isTrue(t, "may manage workspaces", team.OrganizationAccess.ManageWorkspaces)
	isTrue(t, "may not manage VCS settings", !team.OrganizationAccess.ManageVCSSettings)
	token, err := client.TeamTokens.Create(ctx, team.ID)
	must(t, err)
	isTrue(t, "the token is shown once", token.Token != "")
	as, err := tfe.NewClient(&tfe.Config{Address: address(t), Token: token.Token})
	must(t, err)
	_, err = as.OAuthClients.List(ctx, organization.Name, nil)
	isTrue(t, "the team can use its token", err == nil || errors.Is(err, tfe.ErrResourceNotFound))
	must(t, client.TeamTokens.Delete(ctx, team.ID))
	project, err := client.Projects.Create(ctx, organization.Name, tfe.ProjectCreateOptions{Name: "network"})
	must(t, err)
	equal(t, "project", project.Name, "network")
	projects, err := client.Projects.List(ctx, organization.Name, nil)
	must(t, err)
	equal(t, "projects", len(projects.Items), 2)
	must(t, client.Projects.Delete(ctx, project.ID))
}
