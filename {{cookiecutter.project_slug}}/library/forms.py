from django import forms


class SearchForm(forms.Form):
    """The form that searches the list of books."""

    q = forms.CharField(
        label="Search",
        max_length=100,
        required=False,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Title, author or ISBN", "dir": "auto"}
        ),
    )
