package compat

import (
	"context"
	"slices"
	"testing"

	tfe "github.com/hashicorp/go-tfe"
)

func TestTagsOfWorkspaces(t *testing.T) {
	ctx := context.Background()
	client := newClient(t)
	organization := newOrganization(t, client)
	made, err := client.Workspaces.Create(ctx, organization.Name, tfe.WorkspaceCreateOptions{
		Name: tfe.String("tagged"),
		Tags: []*tfe.Tag{{Name: "first"}},
	})
	must(t, err)
	isTrue(t, "made with its tag", slices.Equal(made.TagNames, []string{"first"}))
	must(t, client.Workspaces.AddTags(ctx, made.ID, tfe.WorkspaceAddTagsOptions{Tags: []*tfe.Tag{{Name: "net"}, {Name: "eu"}}}))
	tags, err := client.Workspaces.ListTags(ctx, made.ID, nil)
	must(t, err)
	equal(t, "tags", len(tags.Items), 3)
	must(t, client.Workspaces.RemoveTags(ctx, made.ID, tfe.WorkspaceRemoveTagsOptions{Tags: []*tfe.Tag{{ID: tags.Items[0].ID}, {Name: "first"}}}))
	found, err := client.Workspaces.List(ctx, organization.Name, &tfe.WorkspaceListOptions{Tags: "net"})
	must(t, err)
	equal(t, "found by the tag", len(found.Items), 1)
	isTrue(t, "its tags", slices.Equal(found.Items[0].TagNames, []string{"net"}))
	without, err := client.Workspaces.List(ctx, organization.Name, &tfe.WorkspaceListOptions{ExcludeTags: "net"})
	must(t, err)
	equal(t, "found without the tag", len(without.Items), 0)

	all, err := client.OrganizationTags.List(ctx, organization.Name, nil)
	must(t, err)
	equal(t, "tags of the organization", len(all.Items), 3)
	must(t, client.OrganizationTags.AddWorkspaces(ctx, all.Items[0].ID, tfe.AddWorkspacesToTagOptions{WorkspaceIDs: []string{made.ID}}))
	must(t, client.OrganizationTags.Delete(ctx, organization.Name, tfe.OrganizationTagsDeleteOptions{IDs: []string{all.Items[0].ID}}))
	left, err := client.OrganizationTags.List(ctx, organization.Name, nil)
	must(t, err)
	equal(t, "tags left", len(left.Items), 2)
}

func TestTagBindings(t *testing.T) {
	ctx := context.Background()
	client := newClient(t)
	organization := newOrganization(t, client)
	project, err := client.Projects.Create(ctx, organization.Name, tfe.ProjectCreateOptions{Name: "tagged"})
	must(t, err)
	_, err = client.Projects.AddTagBindings(ctx, project.ID, tfe.ProjectAddTagBindingsOptions{
		TagBindings: []*tfe.TagBinding{{Key: "team", Value: "core"}}})
	must(t, err)
	made, err := client.Workspaces.Create(ctx, organization.Name, tfe.WorkspaceCreateOptions{
		Name:        tfe.String("tagged"),
		Project:     project,
		TagBindings: []*tfe.TagBinding{{Key: "cost", Value: "7"}},
	})
	must(t, err)
	put, err := client.Workspaces.AddTagBindings(ctx, made.ID, tfe.WorkspaceAddTagBindingsOptions{
		TagBindings: []*tfe.TagBinding{{Key: "cost", Value: "9"}, {Key: "env", Value: "prod"}}})
	must(t, err)
	equal(t, "bindings", len(put), 2)
	effective, err := client.Workspaces.ListEffectiveTagBindings(ctx, made.ID)
	must(t, err)
	equal(t, "with the project's", len(effective), 3)
	equal(t, "inherited from", effective[2].Links["inherited-from"], any("/api/v2/projects/"+project.ID))
	read, err := client.Workspaces.ReadByIDWithOptions(ctx, made.ID,
		&tfe.WorkspaceReadOptions{Include: []tfe.WSIncludeOpt{tfe.WSEffectiveTagBindings}})
	must(t, err)
	equal(t, "included", len(read.EffectiveTagBindings), 3)
	equal(t, "with its key", read.EffectiveTagBindings[0].Key, "cost")
	found, err := client.Workspaces.List(ctx, organization.Name,
		&tfe.WorkspaceListOptions{TagBindings: []*tfe.TagBinding{{Key: "team", Value: "core"}}})
	must(t, err)
	equal(t, "found by the project's tag", len(found.Items), 1)
	must(t, client.Workspaces.DeleteAllTagBindings(ctx, made.ID))
	none, err := client.Workspaces.ListTagBindings(ctx, made.ID)
	must(t, err)
	equal(t, "none left", len(none), 0)
	of, err := client.Projects.ListTagBindings(ctx, project.ID)
	must(t, err)
	equal(t, "the project's stay", len(of), 1)
}
