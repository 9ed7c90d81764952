"""Forms: https://docs.djangoproject.com/en/stable/topics/forms/modelforms/"""

### BEGIN TASK 11
# STEP 11. A bonus: Write the form of a review: a menu for the rating, and the text.
### BEGIN SOLUTION
from django import forms

from reviews.models import Review


class ReviewForm(forms.ModelForm):
    """The rating and the text of a review."""

    rating = forms.TypedChoiceField(
        coerce=int,
        choices=[
            ("", "Choose a rating"),
            (5, "5 stars"),
            (4, "4 stars"),
            (3, "3 stars"),
            (2, "2 stars"),
            (1, "1 star"),
        ],
    )

    class Meta:
        model = Review
        fields = ["rating", "text"]
        widgets = {"text": forms.Textarea(attrs={"dir": "auto", "rows": 4})}
### END SOLUTION
