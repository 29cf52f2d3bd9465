from django import forms

from .models import Order


class OrderForm(forms.ModelForm):
    class Meta:
        model = Order
        fields = ["email", "quantity"]

    def __init__(self, *args, show=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.show = show

    def clean_quantity(self):
        quantity = self.cleaned_data["quantity"]
        if quantity > self.show.seats_left():
            raise forms.ValidationError("not so many seats left")
        return quantity
